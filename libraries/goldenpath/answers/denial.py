"""Whether a statement is meant: denials, doubts, what would have been, irony that shows, and what is taken back.

It knows the words that are listed here and no others: irony that none of them betrays ("What a bargain: gpt-4o cost
90 USD"), or a denial in a picture ("in your dreams you spent 90 USD"), passes.
"""

import re

from goldenpath.answers.words import MODEL

_CLAUSE_END = re.compile(
    r",\s+(?=[a-z])|;\s+|:\s+(?=[A-Za-z])(?!(?:USD|US\$|EUR|GBP)\b)|\s(?P<turn>but|whereas|while|although|though)\s"
)
_NEGATION = re.compile(
    r"\b(?:not|never|no|none|neither|nor|without|nobody|hardly|barely|scarcely|nothing|cannot|\w+n['’]t)\b", re.I
)
# Words of denial that deny no figure.
_HARMLESS = re.compile(
    r"\b(?:no more than|not only|(?:if|unless) you don['’]t mind|why not|why don['’]t (?:you|we)|no need to worry"
    r"|not more than|not (?:counting|including)|no later than|no (?:cheaper|other|further)"
    r"|(?:without|no) (?:any )?(?:change|changing|touching|losing|loss|effort|risk)\b[^,.;:\d]*)\b",
    re.I,
)
_DOUBT = re.compile(
    r"\b(?:unlikely|doubt\w*|unclear|unknown|uncertain|whether|far from|contrary to|planned to"
    r"|supposedly|allegedly|reportedly|rumou?r\w*|as if|refuse\w*|assum\w+|suppos\w+"
    r"|(?:will|might|could|(?-i:may)) (?:\w+ )?(?:spend|cost|pay|be (?:billed|charged))"
    r"|(?:an?other|other|someone else['’]s|somebody else['’]s) (?:team|user|compan|customer|tenant|organi"
    r"|department)\w*"
    r"|competitors?|rivals?"
    r"|(?:would|might|could|should|may) have (?!to\b)\w+|(?:would|might|could|should|may)['’]ve"
    r"|if (?:you|we|it) had)\b",
    re.I,
)
_FALSE = re.compile(r"\b(?:false|untrue|wrong|incorrect|not (?:true|so|right|correct|the case)|a (?:lie|myth))\b", re.I)
_MOCKING = re.compile(r"^\W*(?:oh,? sure|yeah,? right|sure,? sure|as if)\b|\bas if!|\bnot!\s*$", re.I)
_TAKEN_BACK = re.compile(
    r"^\W*(?:as if\b|just kidding|only joking|not really|scratch that|forget (?:that|it)|correction\b"
    r"|(?:sorry, )?i (?:was (?:wrong|mistaken)|made that up)"
    r"|(?:no,? )?(?:wait,? )?(?:that|this|it|which|none of (?:this|that|it))"
    r"(?: (?:is|was)|['’]s| figure (?:is|was)) (?:\w+ )?(?:not (?:true|so|right|correct|the case)|false|untrue|wrong"
    r"|incorrect|a lie|made up|true$)|(?:that|this|it) (?:isn|wasn)['’]t (?:true|so|right|correct))",
    re.I,
)
_BREAKS_OFF = re.compile(r"\b(?:not|never|n['’]t|\w+n['’]t)\s*$", re.I)
# After a comma, a statement of its own: what was denied before it does not reach it.
_ANEW = re.compile(r"^\s*(?:so|and|yet|then|which|it|they|we|you|that|this|here|by|\w+ing)\b", re.I)


def clauses(sentence: str) -> list[tuple[str, bool]]:
    """Cut a sentence where a new thought begins, and tell of each whether it is denied.

    Args:
        sentence: One statement.

    Returns:
        Its parts, in order, each with whether it says that something is not so: in itself, or because what came
        before in the sentence reaches it ("You did not, in May, spend 5 USD").
    """
    found: list[tuple[str, bool]] = []
    mocked = _MOCKING.search(sentence) is not None
    begin, denied, joint = 0, False, ""
    for end, cut in [*((match.start(), match) for match in _CLAUSE_END.finditer(sentence)), (len(sentence), None)]:
        part = sentence[begin:end]
        denied = denies(part) or (denied and bool(found) and _reaches(found[-1][0], joint, part))
        if part.strip():
            found.append((part, denied or mocked))
        if cut:
            begin, joint = cut.end(), cut.group().strip()
    return found


def denies(clause: str) -> bool:
    """Tell whether a clause says that something is not so, is doubted, or only would have been."""
    clause = _HARMLESS.sub(" ", clause)
    return any(rule.search(clause) for rule in (_NEGATION, _DOUBT, _FALSE))


def takes_back(sentence: str) -> bool:
    """Tell whether a sentence takes back what the one before it said."""
    return _TAKEN_BACK.search(sentence) is not None


def _reaches(before: str, joint: str, after: str) -> bool:
    if _BREAKS_OFF.search(before) or _FALSE.search(before):
        return True
    return joint == "," and not _ANEW.search(after) and not MODEL.match(after.strip())
