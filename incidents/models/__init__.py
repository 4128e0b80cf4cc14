"""Everything that is known about an incident. Import models from here."""

from incidents.models.approval import Approval, EmergencyReview
from incidents.models.approval_policy import ApprovalPolicy, Duty
from incidents.models.clock import ClockNote, ClockStart, ReportingClock, StartMove
from incidents.models.comment import ReturnComment
from incidents.models.commitment import (
    Commitment,
    CommitmentChange,
    Evidence,
    Promise,
    Reminder,
    grounds,
)
from incidents.models.containment import ContainmentAction
from incidents.models.fact import Fact, FactChange
from incidents.models.incident import (
    Category,
    FailureMode,
    Handover,
    Harm,
    Impact,
    Incident,
    RoleHeld,
    TimelineEntry,
    Urgency,
)
from incidents.models.override import FACTS_GATE, Override
from incidents.models.plan import Inquiry, PlanNote, PlanQuestion, QuestionLink, StakeholderPlan, Telling
from incidents.models.record import (
    Confirmation,
    Heartbeat,
    MastheadChange,
    RecordEntry,
    RecordHead,
    Setback,
)
from incidents.models.redaction import Erasure, Redaction
from incidents.models.schedule import ScheduledPublication
from incidents.models.statement import (
    Citation,
    PublicStatus,
    ServiceState,
    Statement,
    StatementVersion,
)
from incidents.models.submission import Submission
from incidents.models.template import StatementTemplate
from incidents.models.triage import TriageEntry
from stakeholders.models import Scenario

__all__ = [
    "FACTS_GATE",
    "Approval",
    "ApprovalPolicy",
    "Category",
    "Citation",
    "ClockNote",
    "ClockStart",
    "Commitment",
    "CommitmentChange",
    "Confirmation",
    "ContainmentAction",
    "Duty",
    "EmergencyReview",
    "Erasure",
    "Evidence",
    "Fact",
    "FactChange",
    "FailureMode",
    "Handover",
    "Harm",
    "Heartbeat",
    "Impact",
    "Incident",
    "Inquiry",
    "MastheadChange",
    "Override",
    "PlanNote",
    "PlanQuestion",
    "Promise",
    "PublicStatus",
    "QuestionLink",
    "RecordEntry",
    "RecordHead",
    "Redaction",
    "Reminder",
    "ReportingClock",
    "ReturnComment",
    "RoleHeld",
    "Scenario",
    "ScheduledPublication",
    "ServiceState",
    "Setback",
    "StakeholderPlan",
    "StartMove",
    "Statement",
    "StatementTemplate",
    "StatementVersion",
    "Submission",
    "Telling",
    "TimelineEntry",
    "TriageEntry",
    "Urgency",
    "grounds",
]
