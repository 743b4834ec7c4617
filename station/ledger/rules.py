"""How the schema says no: triggers that hold for whoever opens the file."""


def refuse(name: str, moment: str, when: str, sentence: str) -> str:
    """SQL of a trigger that refuses `moment` ("INSERT ON parts"), always or only `when` true."""
    guard = f"WHEN {when} " if when else ""
    return (
        f"CREATE TRIGGER {name} BEFORE {moment} {guard}BEGIN SELECT RAISE(ABORT, '{sentence}'); END"
    )
