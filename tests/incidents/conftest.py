"""Incidents whose legal clocks run, and one for which nobody has decided."""

import pytest

from stakeholders.models import LegalRole
from tests import states
from tests.incidents.legal_clocks import profile
from tests.remembered import remembered


@pytest.fixture
@remembered
def european(ada):
    """The operator has personal data, is a financial entity and an essential one, in Germany."""
    roles = [LegalRole.FINANCIAL_ENTITY, LegalRole.ESSENTIAL_ENTITY]
    profile(ada, countries=["DE"], roles=roles, has_personal_data=True)


@pytest.fixture
@remembered
def running(european, declared, cleo, ada, tom):
    return states.open_up(declared, by=cleo, communications=ada, technical=tom)


@pytest.fixture
@remembered
def undecided(declared, cleo, ada, tom):
    """A mass failure that is public and open; nobody has decided for any group."""
    return states.open_up(declared, by=cleo, communications=ada, technical=tom, decided=False)
