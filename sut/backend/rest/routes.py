"""All REST routes in one table."""

from starlette.routing import Route

from sut.backend.rest import admin, catalog, messages, runs, search, threads

API_ROUTES = [
    Route("/api/threads", threads.list_threads, methods=["GET"]),
    Route("/api/threads", threads.create_thread, methods=["POST"]),
    Route("/api/threads/{id}", threads.show_thread, methods=["GET"]),
    Route("/api/threads/{id}", threads.change_thread, methods=["PATCH"]),
    Route("/api/threads/{id}", threads.delete_thread, methods=["DELETE"]),
    Route("/api/threads/{id}/messages", messages.list_messages, methods=["GET"]),
    Route("/api/threads/{id}/messages", messages.ask, methods=["POST"]),
    Route("/api/messages/search", search.search_messages, methods=["GET"]),
    Route("/api/runs", runs.list_runs, methods=["GET"]),
    Route("/api/runs/{id}", runs.show_run, methods=["GET"]),
    Route("/api/runs/{id}/events", runs.list_run_events, methods=["GET"]),
    Route("/api/runs/{id}/stop", runs.stop_run, methods=["POST"]),
    Route("/api/agents", catalog.list_agents, methods=["GET"]),
    Route("/api/tools", catalog.list_tools, methods=["GET"]),
    Route("/api/admin/users", admin.list_users, methods=["GET"]),
]
