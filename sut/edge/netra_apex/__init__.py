"""Dialect "netra-apex": the reference platform, spoken to and answering as another product does.

It translates and does not judge: who may do what, and whether a question is a question, is said by the services behind.
Tokens are the reference's own, with its claims: to issue others, the adapter would have to keep keys and a table of
sessions, and could let somebody in whom the auth service has just refused.
"""
