"""Pictures come in the widths that pages show them in; nothing on a page moves when they arrive."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from PIL import ExifTags, Image, ImageCms

from syncserver.db.engine import Database
from syncserver.services.event_file.model import Loaded, PictureFile
from syncserver.services.import_event import import_event
from syncserver.services.picture_sizes import PIXELS_MAX, PictureSizes, sizes_of
from syncserver.stores import events as event_store
from tests.support.shop_pages import app_of
from tests.support.shop_world import ShopWorld, make_shop_world
from tests.support.small_event import small_event


def drawn(width: int, height: int, kind: str = "WEBP") -> bytes:
    """A picture with enough in it that a smaller one is fewer bytes."""
    made = io.BytesIO()
    noise = Image.effect_noise((width // 8, height // 8), 90).resize((width, height)).convert("RGB")
    noise.save(made, kind, quality=90)
    return made.getvalue()


def with_picture(data: bytes, media_type: str = "image/webp") -> Loaded:
    """The small event, its lunch with this picture."""
    loaded, path = small_event(), "pictures/lunch.webp"
    products = tuple(replace(one, picture=path) if one.key == "lunch" else one for one in loaded.event_file.products)
    picture = PictureFile(path, media_type, sha256(data).digest(), data)
    return replace(loaded, event_file=replace(loaded.event_file, products=products), pictures=(picture,))


def world_with(db: Database, folder: Path, data: bytes, media_type: str = "image/webp") -> ShopWorld:
    return make_shop_world(db, folder, with_picture(data, media_type))


def srcset(page: str) -> dict[str, str]:
    """Width as told -> address, of the only picture."""
    (found,) = re.findall(r' srcset="([^"]+)"', page)
    pairs = [one.split(" ") for one in found.split(", ")]
    return {width: address for address, width in pairs}


def size(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.size


@pytest.mark.parametrize("path", ["", "item/lunch"])
def test_an_imported_picture_is_offered_in_several_widths_and_each_is_what_it_says(
    db: Database, tmp_path: Path, path: str
) -> None:
    data = drawn(640, 480)
    client = app_of(world_with(db, tmp_path, data)).test_client()
    page = client.get(f"/en/trial/{path}").text
    offered = srcset(page)
    assert list(offered) == ["320w", "480w", "640w"]
    for told, address in offered.items():
        answer = client.get(address)
        assert (answer.status_code, answer.mimetype) == (200, "image/webp")
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert size(answer.data) == (int(told[:-1]), int(told[:-1]) * 3 // 4)
        assert len(answer.data) <= len(data)
    assert client.get(offered["640w"]).data == data, "the picture itself is its own greatest width"
    assert re.search(r'<img [^>]*width="640" height="480"', page)
    assert ' sizes="' in page


def test_a_picture_that_is_no_webp_is_offered_as_one_and_stays_for_who_takes_none(db: Database, tmp_path: Path) -> None:
    data = drawn(1600, 800, "JPEG")
    client = app_of(world_with(db, tmp_path, data, "image/jpeg")).test_client()
    page = client.get("/en/trial/item/lunch").text
    offered = srcset(page)
    assert list(offered) == ["320w", "480w", "960w", "1280w"]
    assert size(client.get(offered["1280w"]).data) == (1280, 640)
    assert '<source type="image/webp"' in page
    (plain,) = re.findall(r'<img src="([^"]+)"', page)
    assert client.get(plain).data == data
    assert re.search(r'<img [^>]*width="1280" height="640"', page), "its own shape, so that nothing moves"


def test_pictures_of_before_get_their_widths_by_themselves(db: Database, tmp_path: Path) -> None:
    data = drawn(640, 480)
    world = world_with(db, tmp_path, data)
    with db.write() as tx:
        event_store.forget_sizes(tx)
    client = app_of(world).test_client()
    world.clock.advance(10)
    page = client.get("/en/trial/item/lunch").text
    assert "srcset" not in page
    assert re.search(r'<img [^>]*width="640" height="480"', page)
    made = PictureSizes(db)
    assert [made.step(), made.step()] == [1, 0]
    world.clock.advance(10)
    assert list(srcset(client.get("/en/trial/item/lunch").text)) == ["320w", "480w", "640w"]


@pytest.mark.parametrize("data", [b"RIFF\x10\0\0\0WEBPnothing", drawn(640, 480)[:2000], drawn(320, 240)])
def test_what_cannot_be_read_or_is_small_stays_as_it_is(db: Database, tmp_path: Path, data: bytes) -> None:
    world = world_with(db, tmp_path, data)
    client = app_of(world).test_client()
    answer = client.get("/en/trial/item/lunch")
    assert (answer.status_code, "srcset" in answer.text) == (200, False)
    assert PictureSizes(db).step() == 0, "nobody tries it again and again"


def turned(orientation: int) -> bytes:
    """As a telephone held upright writes it: lying, with a word of how to turn it. Its left half is black."""
    made, told = io.BytesIO(), Image.Exif()
    told[ExifTags.Base.Orientation] = orientation
    picture = Image.effect_noise((800, 600), 200).convert("RGB")
    picture.paste((0, 0, 0), (0, 0, 400, 600))
    picture.save(made, "JPEG", quality=95, exif=told.tobytes())
    return made.getvalue()


def test_a_picture_that_says_how_to_turn_it_stands_upright_in_all_widths() -> None:
    """6: a quarter to the right, so that what lay on the left is above."""
    sizes = sizes_of("image/jpeg", turned(6))
    assert [(one.width, one.height) for one in sizes] == [(320, 427), (480, 640), (600, 800)]
    for one in sizes:
        with Image.open(io.BytesIO(one.data or b"")) as picture:
            grey = picture.convert("L")
        above, below = (grey.crop((0, top, one.width, top + 100)).resize((1, 1)) for top in (0, one.height - 100))
        assert above.getpixel((0, 0)) * 2 < below.getpixel((0, 0))  # type: ignore[operator]


def test_what_is_said_of_turning_and_makes_no_sense_is_passed_over() -> None:
    whole = turned(6)
    damaged = whole.replace(b"Exif\0\0", b"Exif\0\0XX", 1)
    assert [one.width for one in sizes_of("image/jpeg", damaged)] == [320, 480, 800]


def cut_png() -> bytes:
    """Cut behind its first piece: Pillow has an error of its own for that."""
    whole = io.BytesIO()
    Image.effect_noise((500, 400), 60).save(whole, "PNG")
    pieces = whole.getvalue().split(b"IDAT")
    return b"IDAT".join(pieces[:2])


def test_a_picture_that_was_cut_stops_neither_an_import_nor_what_the_server_does_by_itself(
    db: Database, tmp_path: Path
) -> None:
    world_with(db, tmp_path, cut_png(), "image/png")
    with db.write() as tx:
        event_store.forget_sizes(tx)
    made = PictureSizes(db)
    assert [made.step(), made.step()] == [1, 0]


def test_a_picture_too_tall_for_webp_stays_as_it_is() -> None:
    """WebP has 16,383 points a side at most: where such a picture was there before, the server built no snapshot."""
    made = io.BytesIO()
    Image.new("L", (400, 20_000)).save(made, "PNG")
    assert sizes_of("image/png", made.getvalue()) == ()


def test_a_picture_of_too_many_points_is_not_unpacked() -> None:
    made = io.BytesIO()
    Image.new("1", (PIXELS_MAX // 1000 + 1, 1000)).save(made, "PNG")
    assert sizes_of("image/png", made.getvalue()) == ()


def test_widths_that_were_not_made_are_not_there(db: Database, tmp_path: Path) -> None:
    data = drawn(640, 480)
    client: FlaskClient = app_of(world_with(db, tmp_path, data)).test_client()
    digest = sha256(data).hexdigest()
    for path in (f"{digest}/100", f"{digest}/0", f"{'0' * 64}/320", f"{digest}/99999999999999999999", "zz/320"):
        assert client.get(f"/pictures/{path}").status_code == 404, path


def test_the_same_import_again_makes_nothing_anew(
    db: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = drawn(640, 480)
    world = world_with(db, tmp_path, data)
    monkeypatch.setattr("syncserver.services.picture_sizes.sizes_of", lambda *_: pytest.fail("made again"))
    assert not import_event(db, world.clock, with_picture(data)).is_changed


def blue_for_red() -> bytes:
    """A profile in which what an sRGB picture calls red is blue: who passes over it sees the other colour."""
    plain = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return plain.replace(b"rXYZ", b"????", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"????", b"bXYZ", 1)


def red(kind: str, mode: str = "RGB", profile: bytes | None = None) -> bytes:
    """A wide picture, red to who knows no profile, its left half clear if it has an alpha channel."""
    noise = Image.effect_noise((200, 75), 20).resize((1600, 600)).point(lambda level: 255 - level // 8)
    picture = Image.merge("RGB", (noise, Image.new("L", noise.size), Image.new("L", noise.size))).convert(mode)
    if mode == "RGBA":
        picture.paste((0, 0, 0, 0), (0, 0, 800, 600))
    made = io.BytesIO()
    picture.save(made, kind, quality=95, **({"icc_profile": profile} if profile else {}))
    return made.getvalue()


def point_of(data: bytes) -> tuple[int, ...]:
    """A point right of the middle."""
    with Image.open(io.BytesIO(data)) as picture:
        assert "icc_profile" not in picture.info
        found = picture.getpixel((picture.width * 3 // 4, picture.height // 2))
    assert isinstance(found, tuple)
    return found


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGBA")])
def test_smaller_pictures_have_the_colours_that_the_pictures_profile_says(kind: str, mode: str) -> None:
    made = sizes_of(f"image/{kind.lower()}", red(kind, mode, blue_for_red()))
    assert len(made) > 1
    for one in made:
        r, g, b, *alpha = point_of(one.data or b"")
        assert (r < 40, g < 40, b > 200, alpha) == (True, True, True, [255] if mode == "RGBA" else [])


def test_a_clear_part_stays_clear() -> None:
    with Image.open(io.BytesIO(sizes_of("image/png", red("PNG", "RGBA", blue_for_red()))[0].data or b"")) as picture:
        assert picture.getchannel("A").getextrema() == (0, 255)


@pytest.mark.parametrize("profile", [None, b"no profile at all", blue_for_red()[:200]])
def test_without_a_profile_that_can_be_read_the_figures_are_the_colours(profile: bytes | None) -> None:
    made = sizes_of("image/png", red("PNG", "RGB", profile))
    assert len(made) > 1
    r, g, b = point_of(made[0].data or b"")
    assert (r > 200, g < 40, b < 40) == (True, True, True)


def test_a_profile_for_other_channels_than_the_picture_has_is_passed_over() -> None:
    made = sizes_of("image/png", red("PNG", "L", blue_for_red()))
    r, g, b = point_of(made[0].data or b"")
    assert r == g == b
