"""What one backend instance tells about itself at ``/metrics``; readers add the instances up."""

from sut.backend.parts import Parts
from sut.common.metrics import Metric, pool_metric


def backend_metrics(parts: Parts) -> list[Metric]:
    """Say where each metric of the contract is read.

    Args:
        parts: The instance's parts, which are asked at each scrape.

    Returns:
        The metrics.
    """
    hub, scheduler, db = parts.hub, parts.scheduler, parts.db
    return [
        Metric("gp_ws_connections", "gauge", "Open sockets.", lambda: len(hub)),
        Metric("gp_contexts", "gauge", "One a socket and one a running run.", lambda: len(hub) + scheduler.running),
        Metric(
            "gp_runs",
            "gauge",
            "Runs of this instance that have not ended.",
            lambda: {"queued": scheduler.waiting, "running": scheduler.running},
            "state",
        ),
        Metric("gp_queue_depth", "gauge", "Questions that wait for their turn.", lambda: scheduler.waiting),
        Metric("gp_router_handlers", "gauge", "Handlers of client frames.", lambda: len(parts.handlers)),
        pool_metric(db.pool_use),
        Metric("gp_events_sent_total", "counter", "Frames handed to sockets.", lambda: dict(parts.frames_sent), "type"),
    ]
