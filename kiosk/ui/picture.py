"""What a verdict looks and sounds like, as values: no Kivy here, so it is tested in milliseconds."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from common.decision import Reason
from common.ids import BadgeId, PointNo, ProductNo, Ref
from kiosk.practice.samples import Sample


class Colour(StrEnum):
    """One per outcome, one for going out, and blue for what is no outcome."""

    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    VIOLET = "violet"
    BLUE = "blue"
    CYAN = "cyan"


class Shape(StrEnum):
    """One per outcome, told apart without colour."""

    TICK = "tick"
    ARROW = "arrow"  # outwards: an exit is no admission
    HAND = "hand"
    CROSS = "cross"
    WRENCH = "wrench"
    DOT = "dot"
    EYE = "eye"  # only looked at, nothing was written
    WARNING = "warning"  # beside a row that somebody is to look at


class Sound(StrEnum):
    """Names of the sound files."""

    ADMIT = "admit"
    OUT = "out"
    ASK = "ask"
    REFUSE = "refuse"
    FAULT = "fault"
    CUE = "cue"


class Cue(StrEnum):
    """What a line that comes over a screen is about."""

    NEWS = "news"
    CODE = "code"  # what is held up, or whoever went before: seen from the corner of an eye
    ANSWERED = "answered"  # the same; and what is shown was decided before, about nobody who holds something up now


class Weight(StrEnum):
    """How loudly a line speaks."""

    STRONG = "strong"
    PLAIN = "plain"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Line:
    """One line under the headline."""

    text: str
    weight: Weight = Weight.PLAIN
    is_note: bool = False  # staff's own words of any length: shortened where all lines would be too small to read


@dataclass(frozen=True, slots=True)
class GoOn:
    """Back to scanning."""


@dataclass(frozen=True, slots=True)
class Choose:
    """The same scan again, for this product; `quantity` None: as many as the stepper says."""

    product: ProductNo
    quantity: int | None = None


@dataclass(frozen=True, slots=True)
class Confirm:
    """The same scan again, confirmed by a person."""


@dataclass(frozen=True, slots=True)
class Override:
    """The same scan again; the operator answers for this reason."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Reply:
    """Open the questions that must be answered first."""


@dataclass(frozen=True, slots=True)
class EnterPin:
    """Open the keypad for the PIN of the badge scanned last."""


@dataclass(frozen=True, slots=True)
class Undo:
    """Take this entry back."""

    entry: Ref


@dataclass(frozen=True, slots=True)
class MarkRead:
    """This message of the control room was read."""

    key: str


@dataclass(frozen=True, slots=True)
class CheckAgain:
    """Run the check before doors anew."""


@dataclass(frozen=True, slots=True)
class OpenFound:
    """Show one of the tickets that were found."""

    at: int


@dataclass(frozen=True, slots=True)
class UseFound:
    """Use the found ticket that is shown; `only_look`: say what would happen, and write nothing."""

    only_look: bool = False


@dataclass(frozen=True, slots=True)
class BackToFound:
    """The list of what was found again."""


@dataclass(frozen=True, slots=True)
class LookAgain:
    """Ask for something else to find."""


@dataclass(frozen=True, slots=True)
class LookByCode:
    """Ask for the code below a QR, where nothing else can be found."""


@dataclass(frozen=True, slots=True)
class SwitchTo:
    """Someone of this shift takes over by PIN."""

    badge: BadgeId
    name: str


@dataclass(frozen=True, slots=True)
class OpenAllSettings:
    """Those that only a supervisor changes, too: badge and PIN are asked for."""


@dataclass(frozen=True, slots=True)
class OpenSettings:
    """Back to the list of settings."""


@dataclass(frozen=True, slots=True)
class OpenOperator:
    """Back to who is at the kiosk."""


@dataclass(frozen=True, slots=True)
class AcceptLosses:
    """Ask about guests no more, though uses are missing since the journal was damaged."""


@dataclass(frozen=True, slots=True)
class OpenPlaces:
    """List the points this kiosk could stand at."""


@dataclass(frozen=True, slots=True)
class LookForPlace:
    """Ask for a part of a point's name."""


@dataclass(frozen=True, slots=True)
class MoveTo:
    """This kiosk stands there from now on."""

    point: PointNo


@dataclass(frozen=True, slots=True)
class OpenVariants:
    """Other sizes or colours were handed out than the verdict says: ask which."""


@dataclass(frozen=True, slots=True)
class PickVariant:
    """This one is handed out."""

    key: str


@dataclass(frozen=True, slots=True)
class SpeakToGuest:
    """The words of this verdict in the guest's language; the kiosk's own stays."""

    language: str


class SettingName(StrEnum):
    """What may be changed: by a supervisor, two of it by whoever has signed in (`settings.OWN`)."""

    VOLUME = "volume"
    LANGUAGE = "language"
    HAND = "hand"
    THEME = "theme"
    BRIGHTNESS = "brightness"  # only where the machine can


@dataclass(frozen=True, slots=True)
class ChangeSetting:
    """Take the next value of a setting."""

    name: SettingName


@dataclass(frozen=True, slots=True)
class OpenCameras:
    """List the cameras this kiosk could read from."""


@dataclass(frozen=True, slots=True)
class OpenScanners:
    """List the serial lines a scanner could be read from."""


@dataclass(frozen=True, slots=True)
class UseScanner:
    """Read from this line; as `Liking.serial`: None is as set up, "" none at all."""

    line: str | None


@dataclass(frozen=True, slots=True)
class ChangeBaud:
    """The next speed of the scanner's line."""


@dataclass(frozen=True, slots=True)
class TryCamera:
    """Show what this camera sees; as `Liking.camera`: None is as set up, "" none at all."""

    camera: str | None


@dataclass(frozen=True, slots=True)
class KeepCamera:
    """The camera that is tried reads from now on."""


@dataclass(frozen=True, slots=True)
class DropCamera:
    """The camera before the one that is tried again."""


@dataclass(frozen=True, slots=True)
class Practise:
    """Begin to practise, for a supervisor; or end it, for anybody."""

    on: bool


@dataclass(frozen=True, slots=True)
class ShowSamples:
    """The list of sample passes."""


@dataclass(frozen=True, slots=True)
class ShowSample:
    """As if this sample pass had been scanned."""

    sample: Sample


Action = (
    GoOn
    | Choose
    | Confirm
    | Override
    | Reply
    | EnterPin
    | Undo
    | MarkRead
    | CheckAgain
    | OpenFound
    | UseFound
    | BackToFound
    | LookAgain
    | LookByCode
    | SwitchTo
    | ChangeSetting
    | OpenCameras
    | OpenScanners
    | UseScanner
    | ChangeBaud
    | TryCamera
    | KeepCamera
    | DropCamera
    | Practise
    | AcceptLosses
    | ShowSamples
    | ShowSample
    | OpenPlaces
    | OpenSettings
    | OpenOperator
    | OpenAllSettings
    | LookForPlace
    | MoveTo
    | OpenVariants
    | PickVariant
    | SpeakToGuest
)


@dataclass(frozen=True, slots=True)
class Button:
    """A label, a smaller second line, and what touching it does. One at most is `main`.

    `picture` is the digest of a product's picture; `most` is the largest quantity it can be touched for; `counts`: the
    number of the stepper is said behind its label.
    """

    action: Action
    label: str
    detail: str = ""
    main: bool = False
    picture: str | None = None
    most: int | None = None
    counts: bool = False


@dataclass(frozen=True, slots=True)
class Picture:
    """A full screen. `auto_advance_s` None: it stays until someone touches it or scans the next code."""

    colour: Colour
    shape: Shape
    sound: Sound
    word: str
    headline: str
    lines: tuple[Line, ...] = ()
    buttons: tuple[Button, ...] = ()
    auto_advance_s: float | None = None
    product_picture: str | None = None  # digest of what is handed out or asked about
    quantity_most: int | None = None  # a stepper from 1 to this; None: no stepper
    quantity_first: int | None = None  # where it begins while nobody has said a number; None: at what was asked for
    told_in: str | None = None  # the language of its words, where a guest may be told in another; None: nobody asks
    sign: Shape | None = None  # beside the emblem: which outcome it would have been
    past: str = ""  # why it is only now shown of a guest who has gone: in the strip that cues about a code come in
    retold: bool = False  # what is shown already, in other words: no sound, and nothing new to touch
