"""Every way to declare a task, judged by the SDK that runs it."""
