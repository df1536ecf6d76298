"""Draw the pictures of the demo event's products: the same bytes from the same Pillow, all by our own hand.

Usage: python packaging/demo-event/draw_pictures.py [--sheet FILE]
"""

from __future__ import annotations

import argparse
from pathlib import Path

import food
import places
import road
import things
import wear
from canvas import HEIGHT, WIDTH, Canvas, Icon, Look
from PIL import Image

FOLDER = Path(__file__).parent / "pictures"
BYTES_MAX = 12_000
QUALITIES = (82, 74, 66, 56, 44)

# Background of each shelf: top and bottom of the sky.
SKIES = {
    "ticket": ("#27344f", "#5b7399"),
    "clothing": ("#d9c7a8", "#efe5d2"),
    "souvenir": ("#a9b7c6", "#dde5ec"),
    "food": ("#c9dcc0", "#eef5e6"),
    "drink": ("#f0cfa0", "#fbecd0"),
    "show": ("#4b3b66", "#96729c"),
    "ride": ("#86bfe0", "#e3f1f8"),
    "tour": ("#f2b98d", "#fbe6cf"),
    "workshop": ("#b9c9b2", "#e9efdd"),
    "parade": ("#8fa9d0", "#e6edf7"),
    "camp": ("#8ec7d8", "#e8f5f2"),
    "service": ("#c3c6da", "#ecedf5"),
}

RED, ORANGE, YELLOW, GREEN, TEAL = "#c0392b", "#e67e22", "#f2c230", "#3d8b4a", "#1f7a80"
BLUE, NAVY, PURPLE, WINE, BROWN = "#3a6ea5", "#22325a", "#7a4b94", "#7c2438", "#7a4a2b"
BLACK, CHARCOAL, GREY, SILVER, WHITE = "#23262e", "#3c424e", "#868d99", "#b9c1cc", "#f4f1ea"
GOLD, SAND, CREAM, ROSE, AMBER = "#c9a24b", "#d8bb8a", "#f3ead2", "#d9667b", "#e0a030"

# product: shelf, icon, main colour, second colour, mark
PICTURES: dict[str, tuple[str, Icon, str, str, str]] = {
    "four_days": ("ticket", things.ticket, RED, YELLOW, "1-4"),
    "day_1": ("ticket", things.ticket, ORANGE, CREAM, "1"),
    "day_2": ("ticket", things.ticket, TEAL, CREAM, "2"),
    "day_3": ("ticket", things.ticket, PURPLE, CREAM, "3"),
    "day_4": ("ticket", things.ticket, GREEN, CREAM, "4"),
    "ride_four_days": ("ticket", things.riding_ticket, RED, YELLOW, "1-4"),
    "ride_day_1": ("ticket", things.riding_ticket, ORANGE, CREAM, "1"),
    "ride_day_2": ("ticket", things.riding_ticket, TEAL, CREAM, "2"),
    "ride_day_3": ("ticket", things.riding_ticket, PURPLE, CREAM, "3"),
    "ride_day_4": ("ticket", things.riding_ticket, GREEN, CREAM, "4"),
    "child_four_days": ("ticket", things.free_ticket, AMBER, WHITE, "<15"),
    "senior_four_days": ("ticket", things.free_ticket, WINE, GOLD, "70+"),
    "wheelchair_four_days": ("ticket", things.wheelchair, BLUE, WHITE, ""),
    "press": ("ticket", things.badge, RED, BLACK, "PRESS"),
    "exhibitor": ("ticket", things.badge, TEAL, BLACK, "EXPO"),
    "crew": ("ticket", things.badge, PURPLE, ORANGE, "CREW"),
    "tee_anniversary": ("clothing", wear.shirt, BLACK, ORANGE, ""),
    "tee_vltava": ("clothing", wear.wave_shirt, TEAL, "#bfe6e3", ""),
    "tee_kids": ("clothing", wear.shirt, YELLOW, "#ffffff", ""),
    "tee_night": ("clothing", wear.night_shirt, NAVY, "#8ea6d8", ""),
    "longsleeve_road": ("clothing", wear.long_shirt, GREY, WHITE, ""),
    "hoodie_iron": ("clothing", wear.hoodie, CHARCOAL, ORANGE, ""),
    "hoodie_zip": ("clothing", wear.hoodie, WINE, SILVER, "zip"),
    "polo_officer": ("clothing", wear.polo, WHITE, RED, ""),
    "shirt_denim": ("clothing", wear.denim, BLUE, CREAM, ""),
    "vest_leather": ("clothing", wear.vest, "#3a2a20", ORANGE, ""),
    "jacket_rain": ("clothing", wear.rain_jacket, ORANGE, "#6fb1d8", ""),
    "cap_wheel": ("clothing", wear.cap, BLACK, ORANGE, ""),
    "beanie_dawn": ("clothing", wear.beanie, TEAL, ORANGE, ""),
    "bandana_map": ("clothing", wear.bandana, RED, CREAM, ""),
    "tube_wind": ("clothing", wear.neck_tube, NAVY, ORANGE, ""),
    "socks_boots": ("clothing", wear.socks, CHARCOAL, RED, ""),
    "gloves_summer": ("clothing", wear.gloves, BROWN, SAND, ""),
    "patch_anniversary": ("souvenir", things.patch, BLACK, ORANGE, "2028"),
    "patch_rode": ("souvenir", things.road_patch, TEAL, YELLOW, ""),
    "patch_parade": ("souvenir", things.tower_patch, WINE, GOLD, ""),
    "pin_wheel": ("souvenir", things.pin, RED, GOLD, ""),
    "pin_set": ("souvenir", things.pins, RED, ORANGE, ""),
    "buckle_brass": ("souvenir", things.buckle, GOLD, BROWN, ""),
    "coin_medal": ("souvenir", things.coin, GOLD, NAVY, ""),
    "keyring_piston": ("souvenir", things.keyring, SILVER, ORANGE, ""),
    "stickers_tank": ("souvenir", things.stickers, RED, ORANGE, ""),
    "flag_bike": ("souvenir", things.flag, ORANGE, CREAM, ""),
    "flag_garage": ("souvenir", things.banner, NAVY, GOLD, ""),
    "poster_print": ("souvenir", things.poster, "#d96c4a", YELLOW, ""),
    "book_photo": ("souvenir", things.book, BLACK, "#86bfe0", ""),
    "calendar_wall": ("souvenir", things.calendar, RED, CREAM, ""),
    "mug_garage": ("souvenir", food.mug, TEAL, ORANGE, ""),
    "cup_enamel": ("souvenir", food.enamel_cup, "#f7f7f2", NAVY, ""),
    "glass_beer": ("souvenir", food.beer, "#dce9ee", "#f1f6f8", "20"),
    "flask_steel": ("souvenir", food.flask, "#9aa4b1", BLACK, ""),
    "opener_wrench": ("souvenir", things.opener, GREY, WHITE, "13"),
    "cards_deck": ("souvenir", things.cards, RED, BLACK, ""),
    "magnet_tower": ("souvenir", things.magnet, "#b9966a", GOLD, ""),
    "toy_bike": ("souvenir", road.wooden_bike, SAND, RED, ""),
    "model_die": ("souvenir", road.small_model, ORANGE, BROWN, ""),
    "tote_canvas": ("souvenir", things.tote, "#e6d8bb", CHARCOAL, ""),
    "lunch_goulash": ("food", food.goulash, "#a2502c", "#f0e4ea", ""),
    "lunch_svickova": ("food", food.svickova, "#e6b566", RED, ""),
    "lunch_schnitzel": ("food", food.schnitzel, "#d29a45", GREEN, ""),
    "lunch_vegan": ("food", food.curry, "#e08a2c", TEAL, ""),
    "lunch_cheese": ("food", food.fried_cheese, "#d98f36", "#eef2da", ""),
    "burger_iron": ("food", food.burger, "#6b3f25", "#5faa4a", ""),
    "burger_bean": ("food", food.burger, "#3b2f33", "#9ccc5a", ""),
    "sausage_grill": ("food", food.sausage, "#a8452c", YELLOW, ""),
    "ribs_smoked": ("food", food.ribs, "#7d3420", AMBER, ""),
    "langos_garlic": ("food", food.langos, "#d99a4a", "#fff3c4", ""),
    "soup_garlic": ("food", food.soup, BROWN, "#ead9a0", ""),
    "pancakes_berry": ("food", food.pancakes, "#dba352", "#3c3f86", ""),
    "trdelnik_sweet": ("food", food.trdelnik, "#c98a45", WHITE, ""),
    "icecream_cone": ("food", food.ice_cream, ROSE, "#9ad1b5", ""),
    "breakfast_camp": ("food", food.breakfast, YELLOW, RED, ""),
    "dinner_gala": ("food", food.dinner, GOLD, ORANGE, ""),
    "beer_voucher": ("drink", food.beer, AMBER, "#fffaf0", ""),
    "beer_book": ("drink", things.voucher, AMBER, GREEN, "5x"),
    "beer_dark": ("drink", food.beer, "#4a2a1c", "#f0dcc0", ""),
    "beer_free": ("drink", food.beer, "#e8c25a", "#ffffff", "0"),
    "lemonade_herb": ("drink", food.lemonade, "#e2798c", GREEN, ""),
    "coffee_espresso": ("drink", food.coffee, RED, "#4a2a1c", ""),
    "coffee_book": ("drink", things.voucher, BROWN, TEAL, "10x"),
    "water_refill": ("drink", food.water, "#5fb3dc", BLUE, ""),
    "wine_moravian": ("drink", food.wine, "#8e2440", "#4b2a6b", ""),
    "slivovitz_shot": ("drink", food.shot, "#f1e6b8", "#4a3a86", ""),
    "concert_opening": ("show", places.guitar, RED, CREAM, ""),
    "concert_blues": ("show", places.blues, NAVY, SILVER, ""),
    "concert_main": ("show", places.stage, PURPLE, ORANGE, ""),
    "concert_brass": ("show", places.trumpet, GOLD, CREAM, ""),
    "stunt_show": ("show", road.wheelie, BLUE, ORANGE, ""),
    "wall_of_death": ("show", places.barrel, "#9b6b3f", RED, ""),
    "drag_race": ("show", road.sprint, ORANGE, YELLOW, ""),
    "custom_expo": ("show", road.show_bike, TEAL, AMBER, ""),
    "tattoo_convention": ("show", places.tattoo, RED, NAVY, ""),
    "cinema_open": ("show", places.cinema, BLUE, ORANGE, ""),
    "museum_moto": ("show", places.museum, "#cdbb95", WINE, ""),
    "ride_vltava": ("ride", road.river_ride, "#5e9a57", "#5f9cc2", ""),
    "ride_karlstejn": ("ride", road.castle_ride, "#d9cbb0", "#5a6b7a", ""),
    "ride_kutna_hora": ("ride", road.church_ride, "#cdbf9f", "#5b4b5e", ""),
    "ride_sandstone": ("ride", road.rock_ride, "#cfa873", "#3f6b45", ""),
    "ride_night": ("ride", road.night_ride, "#1d2a52", "#fff3b0", ""),
    "testride_tourer": ("ride", road.tourer, BLUE, CHARCOAL, ""),
    "testride_cruiser": ("ride", road.bike, WINE, GOLD, ""),
    "testride_electric": ("ride", road.electric, GREEN, YELLOW, ""),
    "sidecar_seat": ("ride", road.sidecar, "#5a6b4a", "#7d8f63", ""),
    "first_ride": ("ride", road.lesson, YELLOW, ORANGE, ""),
    "tour_old_town": ("tour", places.old_town, "#8b5a44", "#b89a76", ""),
    "tour_tram": ("tour", places.tram, RED, CREAM, "1910"),
    "tour_boat": ("tour", places.boat, NAVY, RED, ""),
    "tour_brewery": ("tour", places.kettle, "#c4703a", GOLD, ""),
    "tour_depot": ("tour", places.curtain, WINE, YELLOW, ""),
    "ws_first_aid": ("workshop", places.first_aid, RED, ORANGE, ""),
    "ws_braking": ("workshop", road.braking, BLUE, ORANGE, ""),
    "ws_engine": ("workshop", places.engine, SILVER, ORANGE, ""),
    "ws_airbrush": ("workshop", places.airbrush, BLACK, RED, ""),
    "ws_leather": ("workshop", places.wallet, BROWN, SILVER, ""),
    "ws_photo": ("workshop", places.camera, CHARCOAL, BLUE, ""),
    "ws_kids": ("workshop", places.box_bike, "#cda26b", TEAL, ""),
    "ws_navigation": ("workshop", places.route_map, RED, TEAL, ""),
    "parade_wave_1": ("parade", road.column, BLUE, RED, "1"),
    "parade_wave_2": ("parade", road.column, GREEN, ORANGE, "2"),
    "parade_wave_3": ("parade", road.column, PURPLE, TEAL, "3"),
    "parade_wave_4": ("parade", road.column, WINE, NAVY, "4"),
    "parking_guarded": ("parade", road.parking, BLUE, CHARCOAL, ""),
    "camp_pitch": ("camp", places.tent, ORANGE, CREAM, ""),
    "camp_tent": ("camp", places.tent, TEAL, CREAM, "lamp"),
    "camp_caravan": ("camp", places.caravan, "#f4f1ea", ORANGE, ""),
    "shower_card": ("camp", places.shower, TEAL, BLUE, ""),
    "locker_day": ("service", places.locker, BLUE, ORANGE, ""),
    "charge_phone": ("service", places.phone, NAVY, GREEN, ""),
    "wash_bike": ("service", road.wash, RED, BLUE, ""),
    "shuttle_pass": ("service", places.bus, ORANGE, WHITE, ""),
    "luggage_care": ("service", places.suitcase, CHARCOAL, GOLD, ""),
}


def draw(key: str) -> Image.Image:
    """The picture of one product, 640 x 480."""
    shelf, icon, main, accent, mark = PICTURES[key]
    canvas = Canvas(*SKIES[shelf])
    icon(canvas, Look(main, accent, mark))
    return canvas.small()


def save(key: str) -> None:
    """Write one picture as WebP, in the best quality that stays within BYTES_MAX."""
    picture, path = draw(key), FOLDER / f"{key}.webp"
    for quality in QUALITIES:
        picture.save(path, "WEBP", quality=quality, method=6)
        if path.stat().st_size <= BYTES_MAX:
            return
    raise SystemExit(f"{path.name} is larger than {BYTES_MAX} bytes at quality {QUALITIES[-1]}: simplify its drawing")


def contact_sheet(path: Path, columns: int = 12) -> None:
    """All pictures side by side, to be looked at."""
    small = (WIDTH // 3, HEIGHT // 3)
    rows = -(-len(PICTURES) // columns)
    sheet = Image.new("RGB", (columns * small[0], rows * small[1]))
    for number, key in enumerate(PICTURES):
        with Image.open(FOLDER / f"{key}.webp") as picture:
            sheet.paste(picture.resize(small), (number % columns * small[0], number // columns * small[1]))
    sheet.save(path)


def main() -> None:
    """Draw everything anew; `--sheet` writes an overview as well."""
    parser = argparse.ArgumentParser(description="Draw the pictures of the demo event's products.")
    parser.add_argument("--sheet", type=Path, help="also write all of them into one PNG")
    chosen = parser.parse_args()
    FOLDER.mkdir(exist_ok=True)
    for key in PICTURES:
        save(key)
    if chosen.sheet:
        contact_sheet(chosen.sheet)


if __name__ == "__main__":
    main()
