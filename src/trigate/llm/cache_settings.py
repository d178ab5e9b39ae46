"""Settings of the cache of answers: of all models, and of one."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal

from msgspec import structs

from trigate.core.settings import Duration, Settings, Size
from trigate.store.depot import Depot, Place

LONGEST_TTL = 90 * 86_400
_NAMESPACE = re.compile(r"[A-Za-z0-9_.-]{0,64}").fullmatch

Per = Literal["organisation", "team", "user", "key"]


class SemanticSettings(Settings, frozen=True):
    """Answers given again to whoever asks the same in other words."""

    embeddings: str
    """The model that says what a question means, by the name callers use, such as `openai/text-embedding-3-small`. It
    is asked in the caller's name, who must be allowed to use it and pays for it."""
    threshold: float = 0.95
    """How near two questions must be: the cosine of their embeddings, from 0.5 to 1."""
    entries: int = 200
    """Most questions that are compared: those after the same conversation so far, of the same tenant."""
    longest: int = 4000
    """Most characters of a question; longer ones are only compared word for word."""

    def __post_init__(self) -> None:
        if not 0.5 <= self.threshold <= 1:
            raise ValueError("threshold must be at least 0.5 and at most 1")
        if not 1 <= self.entries <= 1000 or not 1 <= self.longest <= 32_000:
            raise ValueError("entries must be at most 1000, longest at most 32000, and both at least 1")


class CacheSettings(Settings, frozen=True):
    """Answers that are kept, and given again to whoever asks the same."""

    shelf: Place | Depot = "memory"
    """Where answers are kept: `memory` of each worker, the `store`, which all workers know, or `redis` for several
    machines; or a mapping such as `{kind: memory, size: 256MiB}`."""
    ttl: Duration = Duration(3600)
    """How long an answer is given again; at most 90 days."""
    per: Per = "team"
    """Who shares answers. A caller without what is named here, such as a key without a team, shares with nobody."""
    namespace: str = ""
    """Keeps answers apart from those of other namespaces; another name begins with an empty cache."""
    sampled: bool = True
    """Also keep answers that the model draws at random (any temperature but 0): who asks again gets the same one."""
    any_target: bool = False
    """Give also the answers of a model's other targets, for targets that are the same model at several places; else an
    answer is only given where its target would be asked now."""
    largest: Size = Size(2**20)
    """Most bytes of an answer that is kept."""
    patience: Duration = Duration(30)
    """How long an ask waits for the first word of the answer to an equal one that is under way; then it goes to the
    model itself. Once the answer, or a keep-alive in its place, has begun there is no way back."""
    semantic: SemanticSettings | None = None
    """Also give an answer to a question that was asked in other words; left out, only to the very same ask."""
    every_model: bool = True
    """Whether the answers of all models are kept, or only of those that say so (`cache: true`)."""

    def __post_init__(self) -> None:
        check(self.ttl, self.namespace)


class ModelCache(Settings, frozen=True):
    """How answers of one model are kept; what is not written is as for all models."""

    ttl: Duration | None = None
    """How long an answer is given again."""
    per: Per | None = None
    """Who shares answers."""
    namespace: str | None = None
    """Keeps answers apart from those of other namespaces."""
    sampled: bool | None = None
    """Also keep answers that the model draws at random."""
    any_target: bool | None = None
    """Give also the answers of the model's other targets."""
    semantic: SemanticSettings | bool | None = None
    """Also give an answer to a question that was asked in other words; `false` only to the very same ask."""

    def __post_init__(self) -> None:
        check(self.ttl, self.namespace)


def check(ttl: float | None, namespace: str | None) -> None:
    """Raises ValueError for what cannot be meant."""
    if ttl is not None and not 1 <= ttl <= LONGEST_TTL:
        raise ValueError("ttl must be at least 1s and at most 90d")
    if namespace is not None and not _NAMESPACE(namespace):
        raise ValueError("namespace consists of letters, digits, `_`, `.` and `-`, at most 64 of them")


def rule_of(settings: CacheSettings | None, model: bool | ModelCache | None) -> CacheSettings | None:
    """How answers of a model are kept, None if they are not; what a model says goes before what all do."""
    if model is False or (model is None and (settings is None or not settings.every_model)):
        return None
    rule = settings or CacheSettings()
    if not isinstance(model, ModelCache):
        return rule
    said: dict[str, Any] = {name: value for name, value in structs.asdict(model).items() if value is not None}
    if isinstance(model.semantic, bool):
        said["semantic"] = rule.semantic if model.semantic else None
    return structs.replace(rule, **said)


def models_for_meaning(
    settings: CacheSettings | None, models: Mapping[str, bool | ModelCache | None]
) -> Iterator[tuple[str, str]]:
    """Where a model for embeddings is named, and which."""
    if settings is not None and settings.semantic is not None:
        yield "cache", settings.semantic.embeddings
    for name, cache in models.items():
        if isinstance(cache, ModelCache) and isinstance(cache.semantic, SemanticSettings):
            yield f"model {name!r}", cache.semantic.embeddings
