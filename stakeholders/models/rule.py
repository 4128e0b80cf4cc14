"""Legal clocks as rules: what a law or contract asks, in versions, and the operator's profile that switches them on."""

from datetime import date, datetime, time, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q

import clock
from accounts.models import User
from stakeholders import countries, reckoning
from stakeholders.reckoning import Term

FRESH = timedelta(days=180)


class StartEvent(models.TextChoices):
    """What a clock can run from, as ``reckoning.Start`` has it."""

    AWARE = "aware", "Becoming aware"
    DISCOVERED = "discovered", "Discovery"
    CLASSIFIED = "classified", "Classification"
    DETERMINED = "determined", "Determination"
    BELIEF = "belief", "Reasonable belief"
    SUBMITTED = "submitted", "Submission of the earlier report"
    OWN = "own", "An event that this rule alone waits for"


class Sector(models.TextChoices):
    FINANCE = "finance", "Finance and insurance"
    HEALTH = "health", "Health"
    ENERGY = "energy", "Energy and water"
    TRANSPORT = "transport", "Transport"
    TELECOMS = "telecoms", "Telecommunications and digital infrastructure"
    PUBLIC = "public", "Public bodies and education"
    TRADE = "trade", "Trade and consumer services"
    SOFTWARE = "software", "Software and online services"
    OTHER = "other", "Another sector"


class LegalRole(models.TextChoices):
    """What the operator is in the eyes of a law. Several may hold."""

    CONTROLLER = "controller", "Controller of personal data"
    PROCESSOR = "processor", "Processor of personal data for others"
    AI_PROVIDER = "ai_provider", "Provider of an AI system (EU AI Act)"
    AI_DEPLOYER = "ai_deployer", "Deployer of an AI system (EU AI Act)"
    GPAI_PROVIDER = "gpai_provider", "Provider of a general-purpose model with systemic risk"
    FRONTIER_DEVELOPER = "frontier_developer", "Frontier developer (California, New York)"
    FINANCIAL_ENTITY = "financial_entity", "Financial entity (DORA)"
    ESSENTIAL_ENTITY = "essential_entity", "Essential or important entity (NIS2, UK)"
    TRUST_SERVICE = "trust_service", "Trust service provider (NIS2)"
    MANUFACTURER = "manufacturer", "Manufacturer of products with digital elements"
    COMMUNICATIONS_PROVIDER = "communications_provider", "Provider of public communications services"
    HIPAA_ENTITY = "hipaa_entity", "Covered entity (HIPAA)"
    HIPAA_ASSOCIATE = "hipaa_associate", "Business associate (HIPAA)"
    HEALTH_RECORD_VENDOR = "health_record_vendor", "Vendor of health records outside HIPAA"
    NONBANK_FINANCIAL = "nonbank_financial", "Financial firm that is no bank (FTC)"
    NYDFS_ENTITY = "nydfs_entity", "Covered entity of the New York DFS"
    BANK = "bank", "Bank in the United States"
    BANK_SERVICE_PROVIDER = "bank_service_provider", "Service provider of such a bank"
    CRITICAL_INFRASTRUCTURE = "critical_infrastructure", "Critical infrastructure in the United States"


class Addressee(models.TextChoices):
    """Whom a report goes to. While one is due to them, the map does not leave their group out (domain 4.2)."""

    AUTHORITY = "authority", "An authority"
    PEOPLE = "people", "The people affected"
    PARTY = "party", "Another party: a controller, a customer, an acquirer"


class Profile(models.Model):
    """What the operator is, where and with what data. One row; until somebody sets it no rule is switched on by it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    countries = models.JSONField(default=list, blank=True)
    sectors = models.JSONField(default=list, blank=True)
    roles = models.JSONField(default=list, blank=True)
    is_listed = models.BooleanField(default=False)
    has_personal_data = models.BooleanField(default=False)
    takes_cards = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    set_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    set_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(id=1), name="one_profile"),
            models.CheckConstraint(
                condition=Q(set_by=None, set_at=None, version=0)
                | Q(set_by__isnull=False, set_at__isnull=False, version__gte=1),
                name="profile_is_set_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return "Profile for legal clocks"

    @property
    def sector_words(self) -> str:
        return ", ".join(Sector(one).label for one in self.sectors)

    @property
    def role_words(self) -> str:
        return ", ".join(LegalRole(one).label for one in self.roles)

    @classmethod
    def current(cls) -> "Profile":
        """As set, or empty as it is before anybody has set it."""
        return cls.objects.select_related("set_by").filter(pk=1).first() or cls()


class ReportingRuleQuerySet(models.QuerySet["ReportingRule"]):
    def current(self) -> "ReportingRuleQuerySet":
        """The newest version of each rule."""
        return self.filter(superseded_at=None)

    def to_assess(self, profile: Profile, *, on: date | None = None) -> list["ReportingRule"]:
        """The rules that somebody has to assess when an incident happens on this day (today). One query."""
        day = on or clock.now().date()
        return [rule for rule in self.current() if rule.is_switched_on(profile) and rule.is_in_force(day)]


class ReportingRule(models.Model):
    """One duty to report: what the rule asks, in one version. A revision is a new row; the old one stays for its clocks.

    Starting points for counsel to confirm, never advice. Nothing is filed by the product.
    """

    class Unit(models.TextChoices):
        HOURS = "hours", "Hours"
        DAYS = "days", "Calendar days, each of 24 hours"
        BUSINESS_DAYS = "business_days", "Business days"
        MONTHS = "months", "Months"
        PROMPT = "prompt", "Without undue delay, no number"
        NOTHING = "nothing", "No clock"

    class Status(models.TextChoices):
        IN_FORCE = "in_force", "In force"
        NOT_YET = "not_yet", "Not in force yet"
        BILL = "bill", "A bill"
        RETIRED = "retired", "Retired, do not use"

    class Sure(models.TextChoices):
        HIGH = "high", "High"
        MEDIUM = "medium", "Medium"
        LOW = "low", "Low"
        NO = "no", "Does not apply now"

    class Source(models.TextChoices):
        LAW = "law", "The text of the rule or a full copy"
        QUOTED = "quoted", "Quotations from the official text"
        NOTICE = "notice", "An official notice"
        SECONDARY = "secondary", "Law firms or vendors that agree with each other"
        RENDERING = "rendering", "One private rendering"
        UNVERIFIED = "unverified", "Not verified"
        OPERATOR = "operator", "Entered or confirmed here"

    class Switch(models.TextChoices):
        PROFILE = "profile", "By the profile"
        ALWAYS = "always", "Always"
        NEVER = "never", "Never"

    code = models.CharField(max_length=24)
    version = models.PositiveIntegerField(default=1)
    regime = models.CharField(max_length=80)
    reference = models.CharField(max_length=200)
    who = models.CharField(max_length=300)
    recipient = models.CharField(max_length=200)
    addressees = models.JSONField(default=list, blank=True)
    starts = models.JSONField(default=list, blank=True)
    starts_words = models.CharField(max_length=300, blank=True)
    length = models.PositiveIntegerField(null=True, blank=True)
    unit = models.CharField(max_length=16, choices=Unit)
    also_prompt = models.BooleanField(default=False)
    after_year_end = models.BooleanField(default=False)
    cap_hours = models.PositiveIntegerField(null=True, blank=True)
    cap_start = models.CharField(max_length=12, choices=StartEvent, blank=True)
    counting = models.CharField(max_length=300, blank=True)
    calendar = models.CharField(max_length=40, blank=True)
    closes = models.TimeField(default=reckoning.CLOSE)
    zone = models.CharField(max_length=64, blank=True)
    may_move = models.BooleanField(default=False)
    after_code = models.CharField(max_length=24, blank=True)
    status = models.CharField(max_length=12, choices=Status, default=Status.IN_FORCE)
    in_force_on = models.DateField(null=True, blank=True)
    sure_figures = models.CharField(max_length=8, choices=Sure)
    sure_applies = models.CharField(max_length=8, choices=Sure)
    source = models.CharField(max_length=12, choices=Source, default=Source.OPERATOR)
    checked_on = models.DateField()
    checked_by = models.CharField(max_length=120)
    switch = models.CharField(max_length=8, choices=Switch, default=Switch.PROFILE)
    countries = models.JSONField(default=list, blank=True)
    sectors = models.JSONField(default=list, blank=True)
    roles = models.JSONField(default=list, blank=True)
    needs_listed = models.BooleanField(default=False)
    needs_personal_data = models.BooleanField(default=False)
    needs_cards = models.BooleanField(default=False)
    notes = models.TextField(blank=True)
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField(default=clock.now)
    superseded_at = models.DateTimeField(null=True, blank=True)
    checks = models.PositiveIntegerField(default=0, help_text="How often this version was confirmed as checked")

    objects = ReportingRuleQuerySet.as_manager()

    class Meta:
        ordering: ClassVar[list[str]] = ["regime", "code", "-version"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["code", "version"], name="rule_version_once"),
            models.UniqueConstraint(
                fields=["code"], condition=Q(superseded_at=None), name="one_current_version_of_a_rule"
            ),
            models.CheckConstraint(condition=~Q(code="") & ~Q(checked_by=""), name="rule_has_code_and_checker"),
            models.CheckConstraint(
                condition=Q(unit__in=("prompt", "nothing"), length=None)
                | Q(
                    unit__in=("hours", "days", "months", "business_days"),
                    length__isnull=False,
                    length__gte=1,
                    length__lte=reckoning.MOST,
                ),
                name="rule_number_fits_its_unit",
            ),
            models.CheckConstraint(
                condition=~Q(unit="business_days") | ~Q(calendar=""), name="rule_business_days_have_a_calendar"
            ),
            models.CheckConstraint(
                condition=Q(cap_hours=None, cap_start="")
                | (Q(cap_hours__isnull=False, cap_hours__gte=1) & ~Q(cap_start="")),
                name="rule_limit_is_whole",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def is_current(self) -> bool:
        return self.superseded_at is None

    @property
    def stands_at(self) -> str:
        """What a person looked at: the version, and how often it was confirmed."""
        return f"{self.version}.{self.checks}"

    def term(self, zone: str = "UTC") -> Term:
        """The figures for ``reckoning.due``. ``zone``: the organisation's, where the rule names none."""
        return Term(
            unit=reckoning.Unit(self.unit),
            starts=tuple(reckoning.Start(start) for start in self.starts),
            length=self.length,
            calendar=self.calendar,
            zone=self.zone or zone,
            closes=self.closes if isinstance(self.closes, time) else time.fromisoformat(self.closes),
            cap_hours=self.cap_hours,
            cap_start=reckoning.Start(self.cap_start) if self.cap_start else None,
            after_year_end=self.after_year_end,
            also_prompt=self.also_prompt,
        )

    @property
    def length_words(self) -> str:
        return self.term().words

    @property
    def addressee_words(self) -> str:
        return "; ".join(Addressee(one).label for one in self.addressees)

    @property
    def start_words(self) -> str:
        """From what it runs: "becoming aware", "submission of NIS2-72"."""
        return " or ".join(self._start_words(start) for start in self.starts)

    def _start_words(self, start: str) -> str:
        if start == StartEvent.SUBMITTED and self.after_code:
            return f"submission of {self.after_code}"
        return reckoning.Start(start).words

    @property
    def status_words(self) -> str:
        day = f"{self.in_force_on.day} {self.in_force_on:%B %Y}" if self.in_force_on else ""
        if self.status == self.Status.IN_FORCE:
            return f"In force since {day}" if day else "In force"
        if self.status == self.Status.NOT_YET:
            return f"Not yet: from {day}" if day else "Not in force, no date yet"
        return {"bill": "A bill, not a law", "retired": "Retired, do not use"}[self.status]

    def is_in_force(self, on: date) -> bool:
        if self.status == self.Status.NOT_YET:
            return self.in_force_on is not None and self.in_force_on <= on
        return self.status == self.Status.IN_FORCE and (self.in_force_on is None or self.in_force_on <= on)

    def is_stale(self, now: datetime) -> bool:
        """Nobody has checked it for more than 180 days."""
        return now.date() - self.checked_on > FRESH

    def is_switched_on(self, profile: Profile) -> bool:
        """Whether all that the rule asks for is so. A rule that asks for nothing is switched on by no profile."""
        if self.switch != self.Switch.PROFILE:
            return self.switch == self.Switch.ALWAYS
        asked = self._asked(profile)
        return bool(asked) and all(asked)

    def _asked(self, profile: Profile) -> list[Any]:
        pairs = (
            (self.countries, countries.expanded(self.countries) & set(profile.countries)),
            (self.sectors, set(self.sectors) & set(profile.sectors)),
            (self.roles, set(self.roles) & set(profile.roles)),
            (self.needs_listed, profile.is_listed),
            (self.needs_personal_data, profile.has_personal_data),
            (self.needs_cards, profile.takes_cards),
        )
        return [met for wanted, met in pairs if wanted]

    @property
    def condition_words(self) -> list[str]:
        """What switches it on, each part by itself; all of them must hold."""
        if self.switch != self.Switch.PROFILE:
            return ["Always" if self.switch == self.Switch.ALWAYS else "Never: only by revising it"]
        found = [f"active in {' or '.join(self.countries)}"] if self.countries else []
        found += [" or ".join(Sector(one).label for one in self.sectors)] if self.sectors else []
        found += [" or ".join(LegalRole(one).label for one in self.roles)] if self.roles else []
        named = (("needs_listed", "listed"), ("needs_personal_data", "personal data"), ("needs_cards", "payment cards"))
        found += [words for name, words in named if getattr(self, name)]
        return found or ["Nothing: no profile switches it on"]
