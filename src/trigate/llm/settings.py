"""Settings of the lane for model traffic: providers, and the models callers may name."""

import difflib
import re
from collections.abc import Iterable
from typing import Literal

from trigate.core.settings import Duration, Settings, Size
from trigate.llm.cache_settings import CacheSettings, models_for_meaning
from trigate.llm.destination import MODEL
from trigate.llm.extent import MediaBounds
from trigate.llm.log_settings import LogSettings
from trigate.llm.model import Model
from trigate.llm.price_settings import PriceSettings
from trigate.llm.prompt_settings import NAME as is_prompt_name
from trigate.llm.prompt_settings import Prompt
from trigate.llm.provider import Provider
from trigate.llm.retry import Retries, RetryBudget
from trigate.llm.state_settings import StateSettings

_PROVIDER = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}").fullmatch


class LlmSettings(Settings):
    """Model traffic: one address for the models of many providers."""

    providers: dict[str, Provider] = {}
    """Providers by name. A caller may ask for any model of one as `provider/model`."""
    models: dict[str, Model] = {}
    """Names of your own for models, such as `smart`; `/v1/models` lists them."""
    prompts: dict[str, Prompt] = {}
    """Prompts, which callers ask for as `prompt/NAME` in place of a model."""
    prompt_directory: str = ""
    """Directory of further prompts, one in each file `NAME.yaml`, relative to that of the configuration file."""
    log: LogSettings | None = None
    """Asks and answers that are kept for a while, for instance to look into complaints; without this key none are."""
    max_body: Size = Size(32 * 2**20)
    """Most bytes of an ask; images and files travel in it."""
    max_answer: Size = Size(32 * 2**20)
    """Most bytes of an answer that is not streamed; it is held whole until its usage has been read."""
    max_event: Size = Size(2**20)
    """Most bytes of one event of a streamed answer."""
    keep_alive: Duration = Duration(15)
    """Silence after which a streaming caller is sent a comment, so that nothing on the way takes the stream for dead.
    The first one commits the call to its target."""
    unknown_price: Literal["refuse", "free"] | PriceSettings = "refuse"
    """What a model costs whose price is not known: nothing (`free`), or a price of your own. With `refuse` its calls
    are recorded without a cost, and refused where a hard limit counts money."""
    retries: Retries | None = None
    """Further attempts at a target that fails, for every model that does not say otherwise; none by default."""
    retry_budget: RetryBudget = RetryBudget()
    """What all retries and hedges together may be."""
    catalog: str = ""
    """File with a table of models in place of the built-in one, from the directory the gateway runs in; `trigate
    catalog update` writes it."""
    most_output: int = 32_000
    """Tokens of output that are asked for where a provider demands a bound and the caller sets none. A model that can
    give less is asked for what it can; one that is not known, for 4096."""
    media: MediaBounds = MediaBounds()
    """The most tokens that images, audio and files count as, for hard limits of tokens and money."""
    on_loss: Literal["warn", "drop", "reject"] = "warn"
    """What becomes of an ask that cannot be said in the dialect of its target as it is: `warn` sends what can be said,
    and names the rest in the header field `x-trigate-loss`; `drop` sends it without a word to the caller; `reject`
    tries the next target, and refuses the ask if there is none. The record names it in any case. What an answer loses
    is told too; of a stream at its end, by a comment, where the SDKs of the caller's dialect read comments."""
    on_leave: Literal["cancel", "drain"] = "cancel"
    """What becomes of a call whose caller leaves: `cancel` ends it at the provider at once, and its cost is an estimate
    unless the provider has told its count; `drain` reads the provider's answer to its end, for an exact cost."""
    drain_limit: Duration = Duration(60)
    """How long a call is drained at most."""
    state: StateSettings = StateSettings()
    """Files, batches and conversations that are kept for callers."""

    cache: CacheSettings | None = None
    """Answers that are kept and given again to whoever asks the same; left out, none are, unless a model says so."""

    def __post_init__(self) -> None:
        for name in self.providers:
            if not _PROVIDER(name):
                raise ValueError(f"{name!r} is not a name for a provider: use letters, digits, `_`, `.` and `-`")
        for name, model in self.models.items():
            if not MODEL(name):
                raise ValueError(
                    f"{name!r} is not a name for a model: use letters, digits, and `_.:/@+-` after the first"
                )
            for address in (*model.addresses(), *model.extras()):
                self._check_target(name, address)
        for name, prompt in self.prompts.items():
            self._check_prompt(name, prompt)
        for where, embeddings in models_for_meaning(
            self.cache, {name: each.cache for name, each in self.models.items()}
        ):
            self._check_name(where, embeddings)
        if self.most_output < 1:
            raise ValueError("most_output must be at least 1")
        if self.keep_alive < 1:
            raise ValueError("keep_alive must be at least 1s")

    def _check_prompt(self, name: str, prompt: Prompt) -> None:
        if not is_prompt_name(name):
            raise ValueError(f"{name!r} is not a name for a prompt: use letters, digits, `_`, `.` and `-`")
        if "prompt" in self.providers:
            raise ValueError("a provider cannot be called `prompt` where there are prompts: `prompt/NAME` means those")
        for number, version in prompt.versions.items():
            if version.model:
                self._check_name(f"prompt {name!r}, version {number}", version.model)

    def _check_name(self, where: str, model: str) -> None:
        if model not in self.models and model.partition("/")[0] not in self.providers:
            raise ValueError(f"{where}: there is no model {model!r}{nearest(model, [*self.models, *self.providers])}")

    def _check_target(self, name: str, address: str) -> None:
        provider = address.partition("/")[0]
        if provider not in self.providers:
            raise ValueError(f"model {name!r}: there is no provider {provider!r}{nearest(provider, self.providers)}")


def nearest(name: str, names: Iterable[str]) -> str:
    """A question that names the nearest of `names`, empty if none is near."""
    found = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {found[0]!r}?" if found else ""
