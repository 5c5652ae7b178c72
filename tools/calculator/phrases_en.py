"""How English asks for arithmetic.

The templates are read by :mod:`chorei.tools.calculator.phrasing`: ``(a|b)`` alternatives,
``[a]`` optional, ``{p}`` a percentage, ``{n}`` a plain number, ``{m}`` money, ``{a}`` ``{b}``
either, ``{list}`` two or more numbers, ``{t}`` the name of a thing, ``{u}`` the same thing in
the singular.
"""

from typing import Final

from chorei.tools.calculator.template import Phrase

_TAX: Final = "(vat|gst|tax|sales tax|service charge|tip|commission|surcharge|markup)"
_AFTER: Final = "(after|with|less|minus|at|and|applying)"
_YEARLY: Final = (
    "[annual|yearly] [interest] [per year|a year|per annum|annually|/ year|interest|rate]"
)

# Said before and after a phrase without changing what is asked.
BEFORE: Final = (
    "[please|hi|hello|hey|so|and] [can you|could you|please] [tell me] [please]"
    " (if i get|[what is] [the] total [price|cost] (for|of)|what is|what ' s"
    "|whats|what are|what would be|how much is|how much are|how much"
    "|calculate|compute|work out|find|give me|evaluate|solve|figure out|tell me"
    "|how much (do|does|would|will)|what (do|does|would|will|is the cost of|is the price of)"
    "|what is the [total] (cost|price) (of|for)|the [total] (cost|price) (of|for)|if) [the]"
)
AFTER: Final = (
    "(cost|cost in total|cost altogether|in total|altogether|come to|equal|equals|please|be"
    "|is what|is how much|what is the total|how much is that|how much is it"
    "|how much (do|will|would|should) (i|we|you) (pay|owe|spend)"
    "|what is [the] [final|new|sale|discounted] price|what is the total cost|what is that)"
)

_PRODUCTS: Final = (
    Phrase("[buying] {n} {t} (at|for|costing|@) {a} (each|apiece|a piece|per piece)", "{n} * {a}"),
    Phrase("[buying] {n} {t} (at|for|costing|@) {a} (per|/|a|an) {u}", "{n} * {a}"),
    Phrase(
        "[if] (one|a|an|each) {u} costs {a} [then] how much (do|would|will) {n} {t} cost",
        "{n} * {a}",
    ),
    Phrase(
        "[at] {a} (each|per {u}|a {u}|apiece) how much (do|would|will|are) {n} {t} [cost]",
        "{n} * {a}",
    ),
)

PHRASES: Final[tuple[Phrase, ...]] = (
    *_PRODUCTS,
    Phrase("{p} of {a}", "{p} * {a}"),
    Phrase("how many {t} (is|are|make) {p} of {n} [{u}]", "{p} * {n}"),
    Phrase("[one|a] half of {a}", "{a} / 2"),
    Phrase("[one|a] third of {a}", "{a} / 3"),
    Phrase("two thirds of {a}", "2 / 3 * {a}"),
    Phrase("[one|a] quarter of {a}", "{a} / 4"),
    Phrase("three quarters of {a}", "3 / 4 * {a}"),
    Phrase("(double|twice) {a}", "2 * {a}"),
    Phrase("(triple|three times) {a}", "3 * {a}"),
    Phrase("[the] (sum|total) of {list}", "sum({list})"),
    Phrase("{list} (in total|altogether|added up|added together|combined)", "sum({list})"),
    Phrase("(add|add up) {list} [together|up]", "sum({list})"),
    Phrase("[the] (average|mean|arithmetic mean) [of] {list}", "avg({list})"),
    Phrase("[the] median of {list}", "median({list})"),
    Phrase("[the] (maximum|max|largest|highest|biggest) of {list}", "max({list})"),
    Phrase("[the] (minimum|min|smallest|lowest) of {list}", "min({list})"),
    Phrase("[the] product of {a} and {b}", "{a} * {b}"),
    Phrase("[the] difference (between|of) {a} and {b}", "abs({a} - {b})"),
    Phrase("[the] quotient of {a} and {b}", "{a} / {b}"),
    Phrase("[the] remainder (of|when) {a} [is] (divided by|/) {b}", "{a} mod {b}"),
    Phrase("{a} (subtracted|taken) from {b}", "{b} - {a}"),
    Phrase("subtract {a} from {b}", "{b} - {a}"),
    Phrase("how much (more|higher|greater|larger|bigger|dearer) is {a} than {b}", "{a} - {b}"),
    Phrase("how much (less|lower|smaller|cheaper) is {a} than {b}", "{b} - {a}"),
    # Percentages asked for.
    Phrase("[what] percent of {b} (is|are) {a}", "{a} / {b} * 100", "%"),
    Phrase("[what] percent (is|are) {a} (of|out of) {b}", "{a} / {b} * 100", "%"),
    Phrase("{a} (is|are) what percent of {b}", "{a} / {b} * 100", "%"),
    Phrase("{a} (of|out of) {b} (as|in) [a] percent", "{a} / {b} * 100", "%"),
    Phrase("{a} as [a] percent of {b}", "{a} / {b} * 100", "%"),
    Phrase("{p} of what [number|amount] is {a}", "{a} / {p}"),
    Phrase("{a} is {p} of what [number|amount]", "{a} / {p}"),
    Phrase(
        "[the] percent (increase|growth|rise|change) (from|between) {a} (to|and) {b}",
        "({b} - {a}) / {a} * 100",
        "%",
    ),
    Phrase(
        "[the] (increase|growth|rise|change) from {a} to {b} (in|as [a]) percent",
        "({b} - {a}) / {a} * 100",
        "%",
    ),
    Phrase(
        "[the] percent (decrease|drop|reduction|fall|decline) from {a} to {b}",
        "({a} - {b}) / {a} * 100",
        "%",
    ),
    Phrase(
        "[the] (decrease|drop|reduction|fall) from {a} to {b} (in|as [a]) percent",
        "({a} - {b}) / {a} * 100",
        "%",
    ),
    Phrase(
        "[by] what percent (more|higher|greater|larger) is {b} than {a}",
        "({b} - {a}) / {a} * 100",
        "%",
    ),
    Phrase(
        "by what percent (did|does|has) [the] [price|cost|{t}] (rise|increase|grow|go up|change)"
        " from {a} to {b}",
        "({b} - {a}) / {a} * 100",
        "%",
    ),
    Phrase(
        "by what percent (did|does|has) [the] [price|cost|{t}] (fall|decrease|drop|go down)"
        " from {a} to {b}",
        "({a} - {b}) / {a} * 100",
        "%",
    ),
    Phrase(
        "how many percent (more|higher|greater|larger) is {b} than {a}",
        "({b} - {a}) / {a} * 100",
        "%",
    ),
    Phrase(
        "[the] percent discount [if|when] [the] [a] price (falls|drops|goes) from {a} to {b}",
        "({a} - {b}) / {a} * 100",
        "%",
    ),
    # Discounts, taxes and what they leave.
    Phrase("{p} off [of|on] [a|an|the] [price of] {a} [{t}]", "{a} - {p}"),
    Phrase("[a] {p} (discount|reduction) (on|of|from|off) [a|an] {a} [{t}]", "{p} * {a}"),
    Phrase(
        "[the] [sale|discounted|final|new|reduced] price of [a|an] {a} [{t}]"
        f" {_AFTER} [a] {{p}} (discount|off|reduction)",
        "{a} - {p}",
    ),
    Phrase(f"[a|an] {{p}} {_TAX} (on|of|for) [a|an] {{a}} [{{t}}]", "{p} * {a}"),
    Phrase(f"[the] {_TAX} (on|of|for) {{a}} (at|with|if [the] rate is|of) {{p}}", "{p} * {a}"),
    Phrase(
        "[the] (total|price|cost|amount) (including|with|incl|after|plus) "
        f"{{p}} {_TAX} (on|of|for|if [the] net [price] is) {{a}}",
        "{a} + {p}",
    ),
    Phrase(
        "[if] [a|an|the] [price|total|amount|bill|invoice] [of] {a} (includes|including|include"
        "|contains|incl|inclusive of|with) {p} (tax|vat|gst|sales tax) [included] [then]"
        " (what is|how much is) [the] [net] (price|amount|net|cost|value)"
        " [before|without|excluding|excl] [the] [tax|vat|gst|sales tax]",
        "{a} / (1 + {p})",
    ),
    Phrase(
        "[if] [a|an|the] [price|total|amount|bill|invoice] [of] {a} (includes|including|include"
        "|contains|incl|inclusive of) {p} (tax|vat|gst|sales tax) [then]"
        " (what is|how much is|how much) [the] (tax|vat|gst)"
        " [is it|is that|is included|does it include]",
        "{a} - {a} / (1 + {p})",
    ),
    Phrase(
        "[the] [net] (price|amount|cost) (before|without|excluding|excl) {p} (tax|vat|gst)"
        " (if|when|given) [the] (total|price|gross|gross price|gross amount) (is|was) {a}",
        "{a} / (1 + {p})",
    ),
    Phrase(
        "how much (tax|vat|gst) is (included|contained) in {a} (at|with) {p}",
        "{a} - {a} / (1 + {p})",
    ),
    # Changes named before the amount.
    Phrase(
        "[the] [sale|discounted|final|new|reduced] price after [a] {p} (discount|off)"
        " (on|of|for|from) {a}",
        "{a} - {p}",
    ),
    Phrase(f"add [a] {{p}} [{_TAX}] to {{a}}", "{a} + {p}"),
    Phrase("(increase|raise) {a} by {p}", "{a} + {p}"),
    Phrase("(decrease|reduce|lower|discount|cut) {a} by {p}", "{a} - {p}"),
    Phrase("{p} (more|higher) than {a}", "{a} + {p}"),
    Phrase("{p} (less|lower|cheaper) than {a}", "{a} - {p}"),
    Phrase(
        "[the] [net] price before (tax|vat|gst) (if|when) [the] (total|price|total price) is {a}"
        " (with|including|incl) {p} (tax|vat|gst)",
        "{a} / (1 + {p})",
    ),
    Phrase(
        "[our|the|my] {t} (went|grew|rose|increased|changed) [up] from {a} to {b} (what is the"
        " percent (increase|growth|change|rise)|by what percent|what percent is that)",
        "({b} - {a}) / {a} * 100",
        "%",
    ),
    Phrase(
        "[our|the|my] {t} (went|fell|dropped|decreased) [down] from {a} to {b} (what is the"
        " percent (decrease|drop|fall|decline)|by what percent)",
        "({a} - {b}) / {a} * 100",
        "%",
    ),
    Phrase("[the] unit price of {n} {t} (for|at|costing) {a}", "{a} / {n}"),
    Phrase(f"[a|an|the] {_TAX} of {{p}} (on|of|for) [a|an] {{a}} [{{t}}]", "{p} * {a}"),
    # Shares and prices of one.
    Phrase(
        "[if] [we|you|i] (split|divide|share) [a|the] [bill|cost|total|amount] [of] {a}"
        " [equally|evenly] (between|among|amongst|by|across|with) {n} [{t}]"
        " [[how much] [does|will|should] each [{u}] (get|gets|pay|pays|receive|receives)]",
        "{a} / {n}",
    ),
    Phrase(
        "[if] {a} [is] (split|divided|shared) [equally|evenly] (between|among|amongst|by|across)"
        " {n} [{t}] [[how much] [does|will] each [{u}] [get|gets|pay|pays|receive|receives]]",
        "{a} / {n}",
    ),
    Phrase(
        "[if] {n} {t} (split|share|divide) {a} [equally|evenly]"
        " how much (does|will|should) each [{u}] (get|pay|receive)",
        "{a} / {n}",
    ),
    Phrase(
        "[if] {n} {t} (cost|are|costs) {a} [then] (how much|what) (is|does|do|would)"
        " [the price of] (one|each|a|an|a single) [{u}] [cost]",
        "{a} / {n}",
    ),
    Phrase(
        "[the] [unit] price (per {u}|of one {u}|of each {u}) (if|when) {n} {t} (cost|are) {a}",
        "{a} / {n}",
    ),
    Phrase(
        "[if] {n} {t} (cost|are) {a} [then] (how much|what) (is|do|would|will) {k} {u} [cost]",
        "{a} / {n} * {k}",
    ),
    # Interest and margins.
    Phrase(
        "[the] simple interest on {a} at {p} " + _YEARLY + " (for|over|after) {n} (year|years)",
        "{a} * {p} * {n}",
    ),
    Phrase(
        "[the] simple interest on {a} at {p} " + _YEARLY + " (for|over|after) {n} months",
        "{a} * {p} * {n} / 12",
    ),
    Phrase(
        "[the] compound interest on {a} at {p} " + _YEARLY + " (for|over|after) {n} "
        "(year|years) [compounded annually|compounded yearly]",
        "{a} * (1 + {p}) ** {n} - {a}",
    ),
    Phrase(
        "[the] [profit|gross] margin (if|when|with|for|on) [a|the] cost [is|of] {a} and"
        " [a|the] [selling|sale|sales] price [is|of] {b}",
        "({b} - {a}) / {b} * 100",
        "%",
    ),
    Phrase(
        "[the] markup (if|when|with|for|on) [a|the] cost [is|of] {a} and"
        " [a|the] [selling|sale|sales] price [is|of] {b}",
        "({b} - {a}) / {a} * 100",
        "%",
    ),
)

# What may stand before a change: nothing is computed until a change follows.
BASES: Final = (
    Phrase("[a|an|the] [price of] {a}", "{a}"),
    Phrase("[a|an|the] {a} {t}", "{a}"),
    Phrase(
        "[a|an|the] {t} [that] (costs|is|costing|priced at|for|at) {a} [how much is it|how much]",
        "{a}",
    ),
)

CHANGES: Final = (
    Phrase(f"{_AFTER} [a] {{p}} (discount|off|reduction)", "{x} - {p}"),
    Phrase("[is|was|gets] (discounted|reduced|decreased|lowered|cut) by {p}", "{x} - {p}"),
    Phrase("{p} off", "{x} - {p}"),
    Phrase("(minus|less) {p}", "{x} - {p}"),
    Phrase(f"(plus|with|and|adding|after|before) [a|an] {{p}} {_TAX} [added|on top]", "{x} + {p}"),
    Phrase(f"(plus|with|and|adding) {_TAX} (at|of) {{p}}", "{x} + {p}"),
    Phrase("[is|was|gets] (increased|raised|grown) by {p}", "{x} + {p}"),
    Phrase("(plus|and) {a} (shipping|delivery|for shipping|for delivery|postage)", "{x} + {a}"),
    Phrase("and {n} {t} (at|for|costing|@) {a} (each|apiece|a piece|per piece)", "{x} + {n} * {a}"),
    Phrase("and {n} {t} (at|for|costing|@) {a} (per|/|a|an) {u}", "{x} + {n} * {a}"),
    Phrase("(split|divided|shared) [equally|evenly] (between|among|by) {n} [{t}]", "{x} / {n}"),
)
