"""Known defects of real platforms, each a small module that replaces one seam of this one when it is started.

The platform itself knows nothing of them: `python -m sut.defects NAME … -- sut.backend …` applies some and then starts
the service. `auth.secret_split` is the module `sut/defects/auth/secret_split.py`; a path to a file works as well.
"""
