"""Records from other tools: what trackers export → training records, to be checked by a person.

`python train.py import --from github|jira|bugzilla|sentry FILE [FILE ...] --output records.jsonl`

Each tool has its own module, which reads an item into an `Issue`; the rest is the same for all. The
`output` of a record is a draft: what the report states under its own headings and what the tracker
holds in its own fields, found by the rules of `training.recipe`. Nobody annotated it. Fields that
hold people are never read.
"""
