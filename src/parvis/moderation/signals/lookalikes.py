"""Letters that look like Latin ones and that no Unicode decomposition turns into them.

Made by hand from what the eye confuses (Unicode's UTS 39 describes the matter): Cyrillic, Greek, Armenian, Cherokee,
small capitals, letters of phonetics, letters with strokes. Full-width, mathematical, circled and raised letters need no
line here: NFKD undoes them.
"""

# Latin letters with a stroke, a hook or a bar: spelling variants, so they fold wherever they stand.
STROKES = {
    "a": "ⱥȺ", "b": "ƀɃƁɓƂƃ", "c": "ȼȻƇƈ", "d": "đĐðÐɖƉɗƊƋƌ", "e": "ɇɆ", "f": "ƒƑ", "g": "ǥǤɠƓ", "h": "ħĦⱨⱧɦ",
    "i": "ıɨƗ", "j": "ɉɈ", "k": "ƙƘⱪⱩ", "l": "łŁƚȽⱡⱠɫ", "m": "ɱⱮ", "n": "ŋŊɲƝƞȠ", "o": "øØɵƟ", "p": "ƥƤᵽⱣ",
    "q": "ɋɊ", "r": "ɍɌɽⱤ", "s": "ȿⱾ", "t": "ŧŦƭƬʈƮⱦȾ", "u": "ʉɄ", "v": "ʋƲ", "w": "ⱳⱲ", "y": "ɏɎƴƳ", "z": "ƶƵȥȤⱬⱫ",
}  # fmt: skip

# One letter that is read as two.
LIGATURES = {"œ": "oe", "Œ": "oe", "æ": "ae", "Æ": "ae", "þ": "th", "Þ": "th", "ᴁ": "ae", "ɶ": "oe"}

# Letters drawn as Latin ones without being such: small capitals, phonetics, turned letters.
DRAWN = {
    "a": "ᴀɑɐ", "b": "ʙᴃ", "c": "ᴄↄƆ", "d": "ᴅᴆ", "e": "ᴇǝƏəɘⱻ", "f": "ꜰ", "g": "ɢɡ", "h": "ʜ", "i": "ɪɩƖ", "j": "ᴊȷ",
    "k": "ᴋĸ", "l": "ʟᴌǀ", "m": "ᴍ", "n": "ɴ", "o": "ᴏᴑ", "p": "ᴘ", "q": "ꞯ", "r": "ʀɹᴙ", "s": "ꜱƽ", "t": "ᴛ",
    "u": "ᴜ", "v": "ᴠ", "w": "ᴡɯ", "y": "ʏ", "z": "ᴢ",
}  # fmt: skip

# Letters of other scripts: read as Latin only where the text around is Latin.
FOREIGN = {
    "a": "аАαΑᎪ", "b": "ЬьвВъЪβΒᏴƄ", "c": "сСϲϹᏟ", "d": "ԁԀᎠ", "e": "еЕєЄεΕᎬҽ", "f": "ϝϜ", "g": "ԍԌցᏀ",
    "h": "һҺнНΗհᎻ", "i": "іІιΙᎥӀ", "j": "јЈϳͿᎫ", "k": "кКκΚᏦҝ", "l": "ⅼӏᏞլ", "m": "мМΜᎷ", "n": "ηΝпПиИռո",
    "o": "оОοΟօՕσΣҩ", "p": "рРρΡᏢ", "q": "ԛԚզ", "r": "гГᏒяЯ", "s": "ѕЅᏚՏς", "t": "тТτΤᎢ", "u": "υսՍцЦμ",
    "v": "νѵѴᏙ", "w": "ѡѠωԝԜᎳшШ", "x": "хХχΧ", "y": "уУΥγүҮҰЎ", "z": "ΖᏃ",
}  # fmt: skip

# Blocks of drawn letters in alphabetical order, that NFKD leaves alone: their first code points.
ALPHABETS = (0x1F150, 0x1F170)  # negative circled, negative squared
INDICATORS = 0x1F1E6  # regional indicators: a letter where one stands alone, half of a flag where two meet
BRACKETED = 0x249C  # ⒜ … ⒵, that NFKD would give three signs

# Digits and signs that stand for letters. What can be two letters is in both.
LEET = {
    "0": "o", "1": "i", "2": "z", "3": "e", "4": "a", "5": "s", "6": "g", "7": "t", "8": "b", "9": "g", "@": "a", "$": "s",
    "€": "e", "£": "l", "!": "i", "¡": "i", "|": "i", "+": "t", "¢": "c", "§": "s", "¥": "y",
}  # fmt: skip
LEET_L = {**LEET, "1": "l", "!": "l", "¡": "l", "|": "l"}

# Signs that are drawn as nothing but are no format characters (Cf): Hangul fillers, the braille blank.
BLANK = "\u115f\u1160\u3164\uffa0\u2800\u034f\u17b4\u17b5"
