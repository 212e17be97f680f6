"""Invented vocabulary: people, music, themes, sentences.

Nothing here names a real person, artist or song. Artists are coined words, because any two English
nouns are already a band somewhere.
"""

from __future__ import annotations

INSTRUCTOR_NAMES = (
    "Ilka Thornbury", "Odalys Brandwick", "Marek Solvane", "Tamsin Quellory", "Joaquín Verdeluz",
    "Søren Ålundby", "Priyanka Doverell", "Zoë Marrowfield", "Kwame Aldersey", "Hà My Thuylan",
    "Fionnuala O'Darragh", "Bastien Crèvehaut", "Ludmila Harkova", "Renzo Castelvico", "Ayumi Tsukigawa",
    "Dashiell Wren-Porter", "Nerys Llanwold", "Tobias Kesselbach", "Imani Rushford", "Gwendolen Pikemoor",
    "Oskar Lindqvale", "Beatriz Montelume", "Cormac Fairhollow", "Yusra Al-Nahrin", "Leontyne Gravesend",
    "Viggo Strandholt", "Paloma Echavaire", "Rafferty Dunmoor", "Sunniva Bergtun", "Caspian Hollowell",
    "Mireille Dautrive", "Anselm Rothwaite", "Keziah Bloomsworth", "Taavi Koskelmaa", "Isolde Varnham",
    "Dmitri Volkhanov", "Noor Safranova", "Emeka Obiwale", "Clementine Ashgrove", "Jürgen Weißbachel",
    "Saoirse Glenmalur", "Thaddeus Brookmire",
)  # fmt: skip

THEMES = (
    "Ember", "Tideline", "Lantern", "Marigold", "Northwind", "Copper Hour", "Firefly", "Driftwood",
    "Juniper", "Halfmoon", "Saffron", "Thunderhead", "Paper Kite", "Cinder", "Bluebell", "Quarry",
    "Seaglass", "Wildfire", "Ninth Wave", "Orchard", "Static", "Velvet Road", "Canyon", "Afterglow",
    "Meadowlark", "Iron Gate", "Snowline", "Harvest", "Polaris", "Old Town", "Été Indien", "Café Noir",
    "Señales", "Zwölf Uhr",
)  # fmt: skip

DECADES = ("Roaring", "Cassette Years", "Mixtape Years", "Turn of the Century", "Last Decade")

SENTENCES = (
    "Bring a towel and an open mind to this one.",
    "We start low, climb in steps and leave nothing on the last hill.",
    "Expect short efforts, honest rests and one surprise before the end.",
    "Every section has a lighter choice, so take what your day allows.",
    "The music leads and the work follows it note for note.",
    "A good first class if you have been away for a while.",
    "You need no experience, only the minutes it says on the tin.",
    "Three blocks, each a little harder than it looks on paper.",
    "Stay for the final song, it was chosen for your slowest gear.",
    "Form first: we slow down wherever it starts to slip.",
    "Plan on a quiet beginning and a loud finish.",
    "We repeat one pattern until it feels like your own.",
)

CUE_NAMES = (
    "Even Road",
    "Short Hill",
    "Long Hill",
    "Seated Push",
    "Standing Push",
    "Quick Feet",
    "Easy Spin",
)
EXERCISE_NAMES = (
    "Slow Lift", "Side Reach", "Half Bridge", "Wall Press", "Split Stance Row", "Low Hold", "Cross Step",
    "Hinge and Pull", "Floor Press", "Star Reach", "Tall Kneel Press", "Heel Tap",
)  # fmt: skip

# ------------------------------------------------------------------ music

COINED_STARTS = (
    "Zan", "Mor", "Quil", "Vel", "Tor", "Bri", "Osk", "Lum", "Fen", "Dra", "Kel", "Ysi", "Plo", "Wex",
    "Jun", "Thal", "Cor", "Nim", "Ombr", "Skel", "Éla", "Ñan", "Ør", "Żal",
)  # fmt: skip
COINED_ENDS = (
    "dara", "vik", "onde", "ello", "ith", "una", "arro", "esse", "ombra", "inka", "owith", "azel", "urro",
    "emmy", "iguel", "oska", "ynne", "alto", "ubira", "ettra",
)  # fmt: skip
BAND_FORMS = (
    "{a}", "{a} {b}", "The {a}s", "{a} & {b}", "DJ {a}", "{a} and the {b}s", "{a} 9", "{a}'s Orchestra",
    "Lil {a}", "{a}, {b} & Daughters", "{a} Collective", "MC {a}", "{a}!", "$ {a}",
)  # fmt: skip
ADJECTIVES = (
    "Silver", "Restless", "Borrowed", "Crooked", "Neon", "Second", "Patient", "Salted", "Hollow",
    "Electric", "Sunday", "Lonely", "Loud", "Paper", "Golden", "Broken", "Slow", "Velvet", "Distant",
    "Barefoot", "Tender", "Midnight", "Plastic", "Winter", "Feral", "Amber", "Reckless", "Quiet", "Sugar",
    "Northern",
)  # fmt: skip
NOUNS = (
    "Harbor", "Engine", "Window", "Postcard", "Satellite", "River", "Elevator", "Parade", "Wolves",
    "Telephone", "Balcony", "Lightning", "Kitchen", "Carousel", "Avalanche", "Motel", "Shoreline",
    "Umbrella", "Machine", "Passenger", "Rooftop", "Diamond", "Garden", "Signal", "Hurricane", "Suitcase",
    "Mirror", "Highway", "Bonfire", "Teeth", "Ceiling", "Compass", "Island", "Ghosts", "Thunder", "Bicycle",
    "Ladder", "Orbit",
)  # fmt: skip
SONG_FORMS = (
    "{adj} {noun}", "{adj} {noun}", "{adj} {noun}", "The {noun}", "{noun}", "{noun} & {noun2}",
    "No {noun} Tonight", "Don't Call It {noun}", "({adj}) {noun}", "{noun}, {noun2}", "My {adj} {noun}",
    "{noun} Pt. 2", "I'm {adj}", "{noun} / {noun2}", "{adj} {adj2} {noun}",
)  # fmt: skip
REMIX_FORMS = (
    "{title} ({artist} Remix)",
    "{title} - Radio Edit",
    "{title} [Live]",
    "{title} - {artist} Rework",
)
FEATURE_FORMS = ("{title} (feat. {artist})", "{title} ft. {artist}", "{title} [with {artist}]")

FOREIGN_TITLES = (
    "夜の自転車", "雨上がりの坂道", "月亮与红茶", "慢慢的河", "빛의 언덕", "작은 등불", "طريق القمر",
    "نافذة على البحر", "חלון לים", "мост и ветер", "Тихий трамвай", "Où va la lumière", "Corazón de cartón",
    "Übermorgen früh", "Łódź pełna gwiazd", "Çay ve yağmur", "São só três", "Đèn lồng nhỏ",
    "Ο δρόμος της αυγής", "चाँद की साइकिल", "🔥 Heatwave 🔥", "Dance 💃🏽 Alone", "👩‍🚀 Moonbase",
    "naïve façade", "Ain't Nobody's Lantern", "Rock ’n’ Slide", "ＦＵＬＬ　ＷＩＤＴＨ", "Ǆungla",
    "İstanbul'da Kış", "STRASSE / Straße", "ﬁre ﬂower", "…", "1000", "99.9%", "?",
)  # fmt: skip
FOREIGN_ARTISTS = (
    "月影カルテット", "푸른마을", "فرقة النخيل", "Ансамбль Ветвь", "Beyòra", "Sïgrun Ø",
    "Zoë & Chloé Marrôn", "Ñandurú", "Böltenbloom", "Loam, Rind & Tide", "Pepperwood-N-Rye", "VQ⚡Meadow",
    "!?!", "K'Lara", "Ålesong",
)  # fmt: skip

# ------------------------------------------------------------------ hostile text

HOSTILE_TEXTS = (
    "'; drop table rides; --", '"; DELETE FROM songs; --', "Robert'); DROP TABLE songs;--", "{x}",
    "{0} {title!r}", "%s %d %n", "%(name)s", "$1 ${HOME} $(id)", "`id`", "<script>alert('ride')</script>",
    "<img src=x onerror=alert(1)>", "</td></tr></table><b>bold", "&amp; &lt;b&gt; &#x27;", "=1+1",
    '=HYPERLINK("https://images.example/","x")', "+1+1", "-2+3", "@SUM(A1:A9)", "\tTab first",
    "line one\nline two", "carriage\r\nreturn", "NUL\x00inside", "\x1b[31mred\x1b[0m", "\x07bell",
    "../../etc/passwd", "..\\..\\windows\\win.ini", "C:\\con\\nul", "a/b/c", ".", "~root",
    "file:///etc/hosts", "\u202egnp.edir\u202c", "zero\u200bwidth\u200djoin\ufeff",
    "Z\u0351\u036b\u0343a\u0321\u0353l\u034cg\u0336o\u035f", "e\u0301 is not é", "ﷺ ﷽", "👨‍👩‍👧‍👦🏳️‍🌈",
    "null", "None", "NaN", "true", "0", "-1", "1e999", "''", '"', "\\", "\\'", "   ", "trailing blank ",
    " leading blank", "a,b;c|d\te", "C'est \"ça\", l'été", "x" * 5_000, "é" * 600, "U+FFFF \uffff",
    "astral 𝒳 𠜎", "--", "/* comment */", "1; SELECT pg_sleep(9)", "|| cat /etc/passwd", "{{7*7}}",
    "#{7*7}",
)  # fmt: skip
