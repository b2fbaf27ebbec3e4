"""Services built before and after ``jettison lint --fix-verify``: do they start and answer, and what was saved?"""
