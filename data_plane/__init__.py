"""Long-running roles: planner, worker, materializer."""
