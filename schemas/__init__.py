"""What travels: requests, summaries, training records, model manifests and errors.

Everything else imports from here, and nothing here imports from the rest of the project.
"""
