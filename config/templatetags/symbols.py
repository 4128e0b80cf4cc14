"""The drawings: 16 px shapes carry a state, 24-grid line icons carry a meaning beside a word.

Inline, not a sprite: a fragment that htmx swaps in and a page of the edition each bring what they show.
"""

SHAPES = {
    # Services
    "working": '<circle cx="8" cy="8" r="7.5"/><path class="cut" d="m4.7 8.3 2.3 2.3 4.4-4.9"/>',
    "degraded": '<path d="M8 .8 15.8 15H.2z"/>',
    "partly": '<path d="M8 0l8 8-8 8-8-8z"/><path class="cut" d="M4.8 8h6.4"/>',
    "down": '<path d="M.75.75h14.5v14.5H.75z"/><path class="cut" d="m5 5 6 6m0-6-6 6"/>',
    "maintenance": '<path d="M1 1h14v7H1z"/><path class="line" d="M1.9 1.9h12.2v12.2H1.9z"/>',
    "unknown": '<circle class="line" cx="8" cy="8" r="6.2" stroke-dasharray="2.4 2.47" stroke-linecap="butt"/>',
    # Promises
    "kept": '<circle cx="8" cy="8" r="7.5"/><path class="cut" d="m4.7 8.3 2.3 2.3 4.4-4.9"/>',
    "late": '<circle class="line" cx="8" cy="8" r="6.5"/><path class="line" d="m5 8.2 2.2 2.2 4-4.5"/>',
    "open": '<circle class="line" cx="8" cy="8" r="6.5"/>',
    "missed": '<path d="M.75.75h14.5v14.5H.75z"/><path class="cut" d="m5 5 6 6m0-6-6 6"/>',
    "amended": '<circle class="line" cx="8" cy="8" r="6.5"/><path class="line" d="m5 9.8 3-4.6 3 4.6"/>',
    "withdrawn": '<circle class="line" cx="8" cy="8" r="6.5" stroke-dasharray="2.6 2.5" stroke-linecap="butt"/>'
    '<path class="line" d="M5 8h6"/>',
    # Facts
    "confirmed": '<circle cx="8" cy="8" r="7"/>',
    "reported": '<circle class="line" cx="8" cy="8" r="6.2"/><path d="M8 2a6 6 0 0 0 0 12z"/>',
    "retracted": '<circle class="line" cx="8" cy="8" r="6.2"/><path class="line" d="M2.5 13.5l11-11"/>',
    # Urgency: three bars, two, one
    "now": '<path d="M1 2h3.6v12H1zM6.2 2h3.6v12H6.2zM11.4 2H15v12h-3.6z"/>',
    "hour": '<path d="M1 2h3.6v12H1zM6.2 2h3.6v12H6.2zM11.4 11.5H15V14h-3.6z"/>',
    "next": '<path d="M1 2h3.6v12H1zM6.2 11.5h3.6V14H6.2zM11.4 11.5H15V14h-3.6z"/>',
}

ICONS = {
    "agent": '<path d="M7 7h10v10H7zM12 3.5V7M12 17v3.5M3.5 12H7M17 12h3.5"/>',
    "alert": '<path d="M12 3.5 22 20.5H2zM12 10v4.5M12 17.4v.1"/>',
    "book": '<path d="M12 6.5C9.5 4.5 6.5 4.2 3.5 4.5v14c3-.3 6 0 8.5 2 2.5-2 5.5-2.3 8.5-2v-14'
    'c-3-.3-6 0-8.5 2zM12 6.5v14"/>',
    "check": '<path d="m4.5 12.5 5 5 10-11"/>',
    "clock": '<circle cx="12" cy="12" r="9"/><path d="M12 7v5.2l3.4 2"/>',
    "eye": '<path d="M2.5 12S6 5.5 12 5.5 21.5 12 21.5 12 18 18.5 12 18.5 2.5 12 2.5 12z"/>'
    '<circle cx="12" cy="12" r="2.8"/>',
    "flag": '<path d="M5 21V4.5M5 5c5-3 8 3 14 0v9c-6 3-9-3-14 0"/>',
    "home": '<path d="M4 20V10l8-6 8 6v10h-5.5v-6h-5v6z"/>',
    "late": '<path d="M20.8 10A9 9 0 1 1 16 4"/><path d="M12 7v5.2l3.4 2M20 3v3.4M20 8.6v.1"/>',
    "ledger": '<path d="M5 3.5h14v17H5zM9 3.5v17M12.5 8.5h3.5M12.5 12.5h3.5"/>',
    "log": '<path d="M5 5.5h.1M9 5.5h10.5M5 12h.1M9 12h10.5M5 18.5h.1M9 18.5h10.5"/>',
    "mail": '<path d="M3 5.5h18v13H3zM3.5 6.5 12 13l8.5-6.5"/>',
    "more": '<path d="M4 7h16M4 12h16M4 17h16"/>',
    "out": '<path d="M3.5 12 20.5 4l-4 16.5-4.5-6.2zM12 14.3 20.5 4"/>',
    "pen": '<path d="M4 20l1-4.5L16.5 4 20 7.5 8.5 19zM14 6.5l3.5 3.5"/>',
    "shield": '<path d="M12 3 4.5 6v5.5c0 4.6 3.1 7.9 7.5 9.5 4.4-1.6 7.5-4.9 7.5-9.5V6z"/>',
    "stamp": '<path d="M5 20.5h14M5 16.5h14v-3h-4.6c-.9-2.3.8-4 .8-6.1a3.2 3.2 0 0 0-6.4 0c0 2.1 1.7 3.8.8 6.1H5z"/>',
    "stop": '<path d="M8.2 3h7.6L21 8.2v7.6L15.8 21H8.2L3 15.8V8.2zM8 12h8"/>',
    "user": '<circle cx="12" cy="8" r="3.8"/><path d="M4.8 20.5a7.2 7.2 0 0 1 14.4 0"/>',
    "users": '<circle cx="9" cy="8" r="3.5"/><path d="M2.5 20a6.5 6.5 0 0 1 13 0M16 4.8a3.5 3.5 0 0 1 0 6.4'
    'M18 14.4a6.5 6.5 0 0 1 3.5 5.6"/>',
    "x": '<path d="M4 4h16v16H4zM9 9l6 6m0-6-6 6"/>',
}

# code -> (class that colours the shape, shape, word)
SERVICE = {
    "operational": ("working", "working", "Working"),
    "degraded": ("degraded", "degraded", "Degraded"),
    "partial_outage": ("partly", "partly", "Partly down"),
    "major_outage": ("is-down", "down", "Down"),
    "maintenance": ("maint", "maintenance", "Maintenance"),
    "unknown": ("unknown", "unknown", "Unknown"),
}
CONFIDENCE = {
    "confirmed": ("conf", "confirmed", "Confirmed"),
    "reported": ("rep", "reported", "Reported"),
    "not_known": ("nyk", "unknown", "Not known yet"),
    "retracted": ("retr", "retracted", "Retracted"),
}
URGENCY = {
    "act_now": ("hot", "now", "Act now"),
    "within_hour": ("warm", "hour", "Within the hour"),
    "next_run": ("cool", "next", "Next run"),
}
COMMITMENT = {
    "draft": ("open", "unknown", "Draft"),
    "open": ("open", "open", "Open"),
    "kept": ("kept", "kept", "Kept"),
    "kept_late": ("late", "late", "Kept late"),
    "missed": ("missed", "missed", "Missed"),
    "amended": ("amended", "amended", "Amended"),
    "withdrawn": ("withdrawn", "withdrawn", "Withdrawn"),
    "dropped": ("withdrawn", "retracted", "Dropped before publication"),
}
MESSAGE = {
    "queued": ("open", "open", "Waiting"),
    "sent": ("kept", "kept", "Sent"),
    "failed": ("missed", "missed", "Given up"),
    "unsure": ("rep", "reported", "Unsure"),
    "superseded": ("withdrawn", "withdrawn", "No longer needed"),
}
CONTAINMENT = {
    "planned": ("open", "open", "Planned"),
    "done": ("conf", "confirmed", "In force"),
    "ended": ("kept", "kept", "Ended"),
    "failed": ("missed", "missed", "Did not hold"),
    "not_possible": ("withdrawn", "withdrawn", "Not possible"),
}

# Legal clocks of an incident
CLOCK = {
    "to_assess": ("nyk strong", "unknown", "To assess"),
    "overdue": ("missed strong", "missed", "Overdue"),
    "now": ("hot strong", "now", "Due now"),
    "running": ("conf", "confirmed", "Running"),
    "waiting": ("open", "open", "Not started"),
    "late": ("late", "late", "Submitted late"),
    "submitted": ("kept", "kept", "Submitted"),
    "none": ("withdrawn", "withdrawn", "Does not apply"),
}

# Groups of a stakeholder map
STANDING = {
    "forgotten": ("missed strong", "missed", "Not told in time"),
    "unanswered": ("missed strong", "missed", "A question is overdue"),
    "undecided": ("nyk strong", "unknown", "Undecided"),
    "again": ("nyk strong", "unknown", "Decide again"),
    "alone": ("nyk strong", "unknown", "Waits for a second person"),
    "look": ("nyk strong", "unknown", "Time to look again"),
    "to_tell": ("rep", "reported", "To be told"),
    "later": ("nyk", "open", "Told later"),
    "ready": ("nyk", "open", "Ready to answer"),
    "silent": ("withdrawn", "withdrawn", "Deliberately not told"),
    "covered": ("kept", "kept", "Told"),
    "none": ("withdrawn", "withdrawn", "Does not apply"),
}
