"""``python -m demo_cloud``."""

from demo_cloud.server import main

if __name__ == "__main__":
    raise SystemExit(main())
