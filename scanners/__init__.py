"""What can be learned of a cloud. Knows no Kafka, no database and no web framework."""
