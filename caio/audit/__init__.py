"""What was asked, decided and done, in a log that nobody can change unnoticed: RFC 6962, signed, durable."""
