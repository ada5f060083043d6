"""The pages: the overview at / and the API for people at /docs."""
