from __future__ import annotations

from probe.plugin import Editor, Plugin


class Registry:
    """Known plugins. After `start`, each is in `active`, `failed` or `skipped`."""

    def __init__(self) -> None:
        self._plugins: dict[str, Plugin] = {}
        self.active: list[str] = []
        self.failed: dict[str, Exception] = {}
        self.skipped: list[str] = []

    def add(self, plugin: Plugin) -> None:
        """Make a plugin known; of two with one name the newer one stays."""
        known = self._plugins.get(plugin.name)
        if known is None or plugin.version > known.version:
            self._plugins[plugin.name] = plugin

    def start(self, editor: Editor) -> None:
        """Set all plugins up, each after those that it names.

        A plugin that raises is failed; plugins that come after a failed, skipped or unknown
        one are skipped.
        """
        waiting = dict(self._plugins)
        while waiting:
            ready = [p for p in waiting.values() if not set(p.after) & waiting.keys()]
            if not ready:
                self.skipped.extend(sorted(waiting))
                return
            for plugin in ready:
                del waiting[plugin.name]
                if not set(plugin.after) <= set(self.active):
                    self.skipped.append(plugin.name)
                    continue
                plugin.setup(editor)
                self.active.append(plugin.name)

    def report(self) -> str:
        lines = [f"{len(self.active)} plugins active"]
        lines += [f"{name} failed: {error}" for name, error in self.failed.items()]
        lines += [f"{name} skipped" for name in self.skipped]
        return "\n".join(lines)
