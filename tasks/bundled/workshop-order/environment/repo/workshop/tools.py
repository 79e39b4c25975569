"""Which tools to lay out."""


def tools_for(plan):
    """Tools in the order in which they are needed first, each once."""
    tools = [plan.job(name).tool for name in plan.order()]
    return list(dict.fromkeys(tool for tool in tools if tool is not None))
