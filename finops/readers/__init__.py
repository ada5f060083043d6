"""The readers: each knows one form of a cloud's bill, and says it in the columns of FOCUS."""
