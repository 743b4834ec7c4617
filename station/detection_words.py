"""What a measurement with synthetic defects means, in sentences and as a table."""

from engine.findings import ALL_KINDS, STRONG, BlindMap, Detection, Finding, Outcome
from engine.synthetic.shapes import Kind

SYNTHETIC = (
    "Synthetic defects are not real ones: they show how finding depends on size and contrast, not "
    "which real defects escape. Only real bad parts show that."
)
_PLURAL = {
    Kind.SCRATCH.value: "Scratches",
    Kind.SPOT.value: "Spots",
    Kind.STAIN.value: "Stains",
    Kind.PATCH.value: "Missing patches",
    Kind.TEXTURE.value: "Rough textures",
    ALL_KINDS: "Defects of all kinds",
}


def length(size: float, mm_per_px: float | None) -> str:
    """Say a size in mm where that is known, always with its pixels."""
    pixels = f"{size:.3g} px" if size < 100 else f"{size:.0f} px"
    return f"{size * mm_per_px:.2g} mm ({pixels})" if mm_per_px else pixels


def contrast(levels: float) -> str:
    """Say how much they differ from the part."""
    if levels == 0:
        return "as the picture gives it"
    return f"{'strong' if levels >= STRONG else 'weak'}, {levels:g} grey levels"


def name(finding: Finding) -> str:
    """Say which defects a finding is about."""
    return f"{_PLURAL[finding.kind]} ({contrast(finding.contrast)})"


def sentence(finding: Finding, mm_per_px: float | None) -> str:
    """Say what one finding means, and no more."""
    return f"{name(finding)}: {_meaning(finding, mm_per_px)}"


def headline(found: Detection) -> str:
    """Say the whole in a line or two, the contrast never left out."""
    pooled = [each for each in found.findings if each.kind == ALL_KINDS] or found.findings
    said = " ".join(sentence(each, found.mm_per_px) for each in pooled)
    return f"{said} Synthetic defects, at threshold {found.threshold:.4g}."


def rejects(found: Detection) -> str:
    """Say what became of the same pictures without a defect."""
    rate = found.good
    if not rate.count:
        return f"None of the {rate.total} held-out good parts is NG without a defect."
    return (
        f"{rate.count} of {rate.total} held-out good parts are NG without any defect (false "
        "rejects); nothing was drawn into those."
    )


def blindness(blind: BlindMap | None, mm_per_px: float | None) -> str:
    """Say where the part is blind, and how little a cell's few trials prove."""
    if blind is None:
        return "Where the part is blind was not measured."
    cells = [trials for row in blind.trials for trials in row if trials]
    tried = f"{min(cells)} to {max(cells)}" if min(cells) < max(cells) else f"{max(cells)}"
    count = blind.blind_cells
    verdict = (
        "No square finds clearly less than 90 %"
        if not count
        else f"{count} of {len(cells)} squares find clearly less than 90 %"
    )
    return (
        f"{verdict} of defects of {length(blind.size, mm_per_px)} "
        f"({contrast(blind.contrast)}). Each square was tried {tried} times only: a square that "
        "missed one of a few may do so by chance."
    )


def as_text(found: Detection) -> str:
    """Return the whole as a table for people."""
    head = f"{'':34}{'found':>10}  {'a90':>18}  {'a90/95':>18}"
    rows = [_row(each, found.mm_per_px) for each in found.findings]
    said = [sentence(each, found.mm_per_px) for each in found.findings]
    said += [rejects(found), blindness(found.blind_map, found.mm_per_px)]
    return "\n".join([head, *rows, "", *said, *_drawn_map(found.blind_map), SYNTHETIC])


def _meaning(finding: Finding, mm_per_px: float | None) -> str:
    if finding.a90 is not None:
        return _measured(finding, finding.a90, mm_per_px)
    smallest, largest = (length(s, mm_per_px) for s in (finding.smallest, finding.largest))
    trials, outcome = len(finding.hits), finding.outcome
    if outcome is Outcome.BELOW:
        return _below(finding, smallest)
    if outcome is Outcome.NOT_REACHED and finding.curve is not None:
        share = float(finding.curve.probability(finding.largest))
        return f"90 % is not reached: about {share:.0%} of the largest drawn, {largest}, are found."
    if outcome is Outcome.NONE_FOUND:
        return f"none of {trials} was found, up to the largest drawn, {largest}."
    if outcome is Outcome.NO_RISE:
        return (
            f"{finding.found.count} of {trials} were found, but large ones not more often than "
            "small ones: no size can be stated."
        )
    return f"{trials} trials are too few to state a size."


def _measured(finding: Finding, a90: float, mm_per_px: float | None) -> str:
    said = f"90 % of those of {length(a90, mm_per_px)} are found"
    if finding.a90_95 is not None:
        bound = length(finding.a90_95, mm_per_px)
        return f"{said} (a90); with 95 % confidence 90 % of those of {bound} (a90/95)."
    return (
        f"{said}, but {len(finding.hits)} trials do not back that with 95 % for any size up to the "
        f"largest drawn, {length(finding.largest, mm_per_px)}."
    )


def _below(finding: Finding, smallest: str) -> str:
    if finding.a90_95 is not None:
        return (
            f"even of the smallest drawn, {smallest}, every one was found: 90 % of these are found "
            "with 95 % confidence."
        )
    return f"more than 90 % of even the smallest drawn, {smallest}, seem to be found."


def _row(finding: Finding, mm_per_px: float | None) -> str:
    rate = finding.found
    a90 = length(finding.a90, mm_per_px) if finding.a90 else finding.outcome.value
    bound = length(finding.a90_95, mm_per_px) if finding.a90_95 else "–"
    label = f"{finding.kind}, {finding.contrast:g}" if finding.contrast else finding.kind
    return f"{label:34}{rate.count:>4} of {rate.total:<4}{a90:>18}  {bound:>18}"


def _drawn_map(blind: BlindMap | None) -> list[str]:
    """Hits of trials, cell by cell; blind ones marked."""
    if blind is None:
        return []
    return [
        " ".join(
            f"{hits}/{trials}{'*' if blind.blind(i, j) else ' '}" if trials else " – "
            for j, (hits, trials) in enumerate(zip(*rows, strict=True))
        )
        for i, rows in enumerate(zip(blind.hits, blind.trials, strict=True))
    ]
