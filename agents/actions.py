"""What the log can say about agents and components."""

from accounts.models import LogAction


class Action(LogAction):
    COMPONENT_ADDED = "component.added"
    AUDIENCE_SET = "component.audience_set"
    AGENT_ADDED = "agent.added"
    AGENT_CHANGED = "agent.changed"
