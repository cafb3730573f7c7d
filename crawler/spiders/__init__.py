"""The spiders: thin, so that reading one top to bottom tells the story."""
