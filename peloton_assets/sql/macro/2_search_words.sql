-- How the song search reads text. The same rules make the words of peloton.track_terms and those of a question.

-- Lower case without accents and punctuation. Letters that are no letter with an accent (ø, ł) and forms of Arabic
-- letters become what a plain keyboard gives; apostrophes and signs that nobody sees go, so that "don't" is one word.
-- Tables of letters and no regular expressions: these take longer to prepare than a whole search.
CREATE OR REPLACE MACRO peloton.plain_letters(text) AS
    replace(replace(replace(translate(
        translate(
            lower(strip_accents(text)),
            '-‐–—−/\.,;:!?¿¡()[]{}<>"“”„«»&+*_#@%$|~…·•・、。，！？：；（）「」『』【】=^　' || chr(9) || chr(10) || chr(13) || chr(160),
            repeat(' ', 80)
        ),
        'øłđðıæœþأإآىةςａｂｃｄｅｆｇｈｉｊｋｌｍｎｏｐｑｒｓｔｕｖｗｘｙｚ０１２３４５６７８９''’‘`´ʼ' || chr(0) || chr(8203) || chr(8204)
            || chr(8205) || chr(8206) || chr(8207) || chr(8234) || chr(8235) || chr(8236) || chr(8237) || chr(8238)
            || chr(65039) || chr(65279),
        'olddiaotااايهσabcdefghijklmnopqrstuvwxyz0123456789'
    ), 'ß', 'ss'), 'ﬁ', 'fi'), 'ﬂ', 'fl');

-- The words that carry meaning, without what people leave out or write in three ways, unless it is all there is.
CREATE OR REPLACE MACRO peloton.search_words(text) AS
    list_transform(
        [list_filter(string_split(peloton.plain_letters(text), ' '), lambda word: word <> '')],
        lambda words: coalesce(
            nullif(list_filter(
                words,
                lambda word: NOT list_contains(['the', 'and', 'n', 'feat', 'featuring', 'ft'], word)
            ), []),
            words
        )
    )[1];

-- Which letters a word has, and which pairs of neighbours: sets of 62 bits. Words that differ by two slips differ in
-- few of them, which is far cheaper to find out than how they differ.
CREATE OR REPLACE MACRO peloton.letter_bits(word) AS
    coalesce(list_bit_or(list_transform(string_split(word, ''), lambda letter: 1::BIGINT << (7 * unicode(letter) % 62))), 0);
CREATE OR REPLACE MACRO peloton.pair_bits(word) AS
    list_bit_or(list_transform(
        range(1, length(word) + 2),
        lambda i: 1::BIGINT << ((31 * unicode((' ' || word)[i]) + unicode((word || ' ')[i])) % 62)
    ));
