"""The receiver of CleverTap's webhooks: a small web server that appends each body to a file.

It stands beside the tap: it sends nothing, and the stream `webhooks` reads its files.
"""
