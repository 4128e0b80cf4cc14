"""Countries by their two letters (ISO 3166-1), and the two unions that rules name as a whole."""

import re
from collections.abc import Iterable

_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_ALL = """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA
    CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA
    GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP
    KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS
    MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS
    RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW
    TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
"""
EU = frozenset(_MEMBERS.split())
UNIONS = {"EU": EU, "EEA": EU | {"IS", "LI", "NO"}}
KNOWN = frozenset(_ALL.split())
INSTEAD = {"UK": "GB", "EL": "GR", "USA": "US"}


def read(typed: str) -> list[str]:
    """The codes in what somebody typed, in upper case and once each. Not checked: see ``problem``."""
    return list(dict.fromkeys(part.upper() for part in re.split(r"[\s,;]+", typed) if part))


def problem(codes: Iterable[str], *, unions: bool) -> str:
    """What is wrong with the first that is no country, or nothing. ``unions``: whether EU and EEA may stand there."""
    for code in codes:
        if code in KNOWN or (unions and code in UNIONS):
            continue
        if code in UNIONS:
            return f"Name the countries of the {code} in which you are active, such as DE or FR, instead of {code}"
        if code in INSTEAD:
            return f"Write {INSTEAD[code]} instead of {code}"
        return f"“{code[:20]}” is no country that we know. Write its two letters, such as DE or US"
    return ""


def expanded(codes: Iterable[str]) -> frozenset[str]:
    """With every country of the unions named."""
    found: set[str] = set()
    for code in codes:
        found |= UNIONS.get(code, {code})
    return frozenset(found)
