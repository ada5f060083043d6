"""How the platform is doing, on one screen."""
