"""The regions of Azure."""

from __future__ import annotations

from typing import Final

_PUBLIC: Final = """
    australiacentral australiacentral2 australiaeast australiasoutheast austriaeast belgiumcentral brazilsouth
    brazilsoutheast canadacentral canadaeast centralindia centralus chilecentral denmarkeast eastasia eastus eastus2
    francecentral francesouth germanynorth germanywestcentral indonesiacentral israelcentral italynorth japaneast
    japanwest jioindiacentral jioindiawest koreacentral koreasouth malaysiawest mexicocentral newzealandnorth
    northcentralus northeurope norwayeast norwaywest polandcentral qatarcentral southafricanorth southafricawest
    southcentralus southeastasia southindia spaincentral swedencentral swedensouth switzerlandnorth switzerlandwest
    uaecentral uaenorth uksouth ukwest westcentralus westeurope westindia westus westus2 westus3
"""
_SOVEREIGN: Final = """
    chinaeast chinaeast2 chinaeast3 chinanorth chinanorth2 chinanorth3
    usdodcentral usdodeast usgovarizona usgovtexas usgovvirginia
"""


def known_regions() -> tuple[str, ...]:
    """Their names in all public clouds, and ``global`` for what stands in none."""
    return tuple(sorted(_PUBLIC.split() + _SOVEREIGN.split() + ["global"]))
