"""The gate's answer until moderation is built: publish."""

from parvis.posts.gate import Answer, Submission, Verdict

_PUBLISH = Verdict(Answer.PUBLISH)


class OpenGate:
    """Lets everything through."""

    async def ask(self, submission: Submission) -> Verdict:
        """Publish."""
        return _PUBLISH
