"""``python -m demo_cloud.azure``."""

from demo_cloud.azure.server import main

if __name__ == "__main__":
    raise SystemExit(main())
