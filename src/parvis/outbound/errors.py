"""What can go wrong with a call to another server. The sentences name the host that was asked for and never what it
resolved to: whoever reads them may be the one who chose the address."""

from parvis.kernel.errors import ParvisError


class OutboundError(ParvisError):
    """Another server could not be asked"""

    status = 502
    code = "outbound"


class Refused(OutboundError):
    """This address is not one that this server calls"""


class Unreachable(OutboundError):
    """The other server could not be reached"""


class TooSlow(OutboundError):
    """The other server took too long"""


class BadAnswer(OutboundError):
    """The other server's answer cannot be used"""
