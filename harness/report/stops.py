"""Where patience stopped a setting's seeds, in numbers and words."""

from harness.findings import SettingFinding
from harness.findings.wording import counted


def stops(setting: SettingFinding) -> tuple[int, ...]:
    """The epochs at which patience stopped seeds, seed by seed; those it did not are left out."""
    found = [run.curves.stopped_epoch for run in setting.runs if run.curves is not None]
    return tuple(epoch for epoch in found if epoch is not None)


def mean_stop(setting: SettingFinding) -> float | None:
    """Their mean; None where patience stopped none."""
    found = stops(setting)
    return sum(found) / len(found) if found else None


def stop_line(setting: SettingFinding) -> str:
    """ "Stopped at epoch 41 of 200 by patience 10 ...", empty where patience is not set."""
    settings = setting.trial.settings
    if not settings.patience:
        return ""
    found, seeds = stops(setting), len(setting.runs)
    if not found:
        return f"Patience {settings.patience} stopped no seed in {settings.epochs} epochs."
    spread = f" ({min(found)} to {max(found)})" if min(found) < max(found) else ""
    part = f", {len(found)} of {counted(seeds, 'seed')}" if len(found) < seeds else ""
    return (
        f"Stopped at epoch {sum(found) / len(found):.0f}{spread} of {settings.epochs} by patience "
        f"{settings.patience}{part}: figures end there, curves go on."
    )
