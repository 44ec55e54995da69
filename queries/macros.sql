-- Scalar helpers that checks and views may call. Order matters: a macro is defined before the ones that use it.
-- Lambda arguments are called item_ so that a caller's column is never taken for one.
-- snapshot_time() and param_<name>() are not here: they change with the snapshot and with the caller's options.

-- Last segment of an id, lower-case; a trailing slash does not count.
CREATE MACRO guid_of(id) AS lower(regexp_extract(rtrim(id, '/'), '[^/]*$'));

-- The trimmed, non-empty members of a singular text field and of its plural twin; never NULL.
-- A member that holds several values behind commas is split, since some clients store them that way.
CREATE MACRO list_merge(single, plural) AS
    list_filter(
        list_transform(
            flatten(list_transform(list_concat([single], plural), lambda item_: string_split(coalesce(item_, ''), ','))),
            lambda item_: trim(item_)),
        lambda item_: item_ <> '');

-- One dotted address, with or without a prefix length, as a number; NULL when it is not one.
CREATE MACRO ip4_address(cidr) AS
    CASE WHEN regexp_full_match(trim(cidr), '([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})\.([0-9]{1,3})(?:/[0-9]{1,2})?')
          AND greatest(
                TRY_CAST(regexp_extract(trim(cidr), '^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)', 1) AS UBIGINT),
                TRY_CAST(regexp_extract(trim(cidr), '^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)', 2) AS UBIGINT),
                TRY_CAST(regexp_extract(trim(cidr), '^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)', 3) AS UBIGINT),
                TRY_CAST(regexp_extract(trim(cidr), '^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)', 4) AS UBIGINT)) <= 255
         THEN TRY_CAST(regexp_extract(trim(cidr), '^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)', 1) AS UBIGINT) * 16777216
            + TRY_CAST(regexp_extract(trim(cidr), '^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)', 2) AS UBIGINT) * 65536
            + TRY_CAST(regexp_extract(trim(cidr), '^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)', 3) AS UBIGINT) * 256
            + TRY_CAST(regexp_extract(trim(cidr), '^([0-9]+)\.([0-9]+)\.([0-9]+)\.([0-9]+)', 4) AS UBIGINT)
    END;

-- How many addresses the prefix length stands for: 1 for a bare address, NULL when it is over 32.
CREATE MACRO ip4_span(cidr) AS
    CASE WHEN NOT contains(cidr, '/') THEN CAST(1 AS UBIGINT)
         WHEN TRY_CAST(regexp_extract(trim(cidr), '/([0-9]{1,2})$', 1) AS INTEGER) <= 32
         THEN CAST(1 AS UBIGINT) << (32 - TRY_CAST(regexp_extract(trim(cidr), '/([0-9]{1,2})$', 1) AS INTEGER))
    END;

-- First and last IPv4 address of a prefix or of a bare address, as numbers; NULL when it is not IPv4.
CREATE MACRO ip4_lo(cidr) AS CAST(ip4_address(cidr) - ip4_address(cidr) % ip4_span(cidr) AS UBIGINT);
CREATE MACRO ip4_hi(cidr) AS CAST(ip4_address(cidr) - ip4_address(cidr) % ip4_span(cidr) + (ip4_span(cidr) - 1) AS UBIGINT);

-- One source that alone means everybody: a wildcard, the Internet tag, the bare zero address, any prefix of length 0.
CREATE MACRO is_any_source(source) AS
    coalesce(lower(trim(source)) IN ('*', 'any', 'internet', '0.0.0.0')
             OR regexp_full_match(trim(source), '.*/0+'), FALSE);

-- How many addresses of an IPv4 range a client of the Internet can have: not private, shared, loopback, link-local,
-- multicast or reserved. Bounds as BIGINT.
CREATE MACRO ip4_overlap(lo, hi, cidr_lo, cidr_hi) AS greatest(least(hi, cidr_hi) - greatest(lo, cidr_lo) + 1, 0);
CREATE MACRO ip4_public(lo, hi) AS
    hi - lo + 1
    - ip4_overlap(lo, hi, 0, 16777215)                -- 0.0.0.0/8
    - ip4_overlap(lo, hi, 167772160, 184549375)       -- 10.0.0.0/8
    - ip4_overlap(lo, hi, 1681915904, 1686110207)     -- 100.64.0.0/10
    - ip4_overlap(lo, hi, 2130706432, 2147483647)     -- 127.0.0.0/8
    - ip4_overlap(lo, hi, 2851995648, 2852061183)     -- 169.254.0.0/16
    - ip4_overlap(lo, hi, 2886729728, 2887778303)     -- 172.16.0.0/12
    - ip4_overlap(lo, hi, 3232235520, 3232301055)     -- 192.168.0.0/16
    - ip4_overlap(lo, hi, 3758096384, 4294967295);    -- 224.0.0.0/3

-- The block of a number that is a power of two long, as a pair of first and last.
CREATE MACRO block_range(number, bits) AS [number - number % (CAST(1 AS BIGINT) << bits), number - number % (CAST(1 AS BIGINT) << bits) + (CAST(1 AS BIGINT) << bits) - 1];

-- The first 32 bits of an IPv6 address or prefix as a number, by the first two groups of its text; NULL when they are not hexadecimal.
CREATE MACRO hex_digit(digits, place) AS CAST(strpos('0123456789abcdef', substr(lpad(digits, 4, '0'), place, 1)) - 1 AS BIGINT);
CREATE MACRO hex_number(digits) AS
    CASE WHEN regexp_full_match(digits, '[0-9a-f]{0,4}')
         THEN hex_digit(digits, 1) * 4096 + hex_digit(digits, 2) * 256 + hex_digit(digits, 3) * 16 + hex_digit(digits, 4)
    END;
CREATE MACRO ip6_block(cidr) AS
    hex_number(split_part(split_part(lower(trim(cidr)), '::', 1), ':', 1)) * 65536
    + hex_number(split_part(split_part(split_part(lower(trim(cidr)), '::', 1), '/', 1), ':', 2));

-- The wide members of a list of sources as pairs of first and last: IPv4 addresses of prefixes up to /16, and the /32 blocks of
-- the routable IPv6 space 2000::/3. Longer prefixes do not add up to everybody: the lists that hold them are limited to thousands.
-- The bare zero address is not among them: as the source of a deny it is one address. Members are sorted out first and looked
-- into afterwards, since most lists have none.
CREATE MACRO ip4_range(cidr) AS
    CASE WHEN regexp_full_match(lower(trim(cidr)), '\*|any|internet|.*/0+') THEN [CAST(0 AS BIGINT), CAST(4294967295 AS BIGINT)]
         WHEN TRY_CAST(split_part(trim(cidr), '.', 1) AS BIGINT) <= 255 AND TRY_CAST(split_part(cidr, '.', 2) AS BIGINT) <= 255
         THEN block_range(CAST(split_part(trim(cidr), '.', 1) AS BIGINT) * 16777216 + CAST(split_part(cidr, '.', 2) AS BIGINT) * 65536,
                          32 - CAST(split_part(trim(cidr), '/', 2) AS INTEGER))
         ELSE [CAST(0 AS BIGINT), CAST(-1 AS BIGINT)]
    END;
CREATE MACRO ip4_ranges(sources) AS
    list_transform(
        list_filter(CAST(sources AS VARCHAR[]), lambda item_: regexp_full_match(lower(trim(item_)), '\*|any|internet|[^:]*/0+|[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+/0*(?:[1-9]|1[0-6])')),
        lambda item_: ip4_range(item_));
CREATE MACRO ip6_range(cidr) AS
    CASE WHEN regexp_full_match(lower(trim(cidr)), '\*|any|internet|.*/0+') THEN [CAST(536870912 AS BIGINT), CAST(1073741823 AS BIGINT)]
         WHEN ip6_block(cidr) IS NOT NULL THEN block_range(ip6_block(cidr), 32 - CAST(split_part(trim(cidr), '/', 2) AS INTEGER))
         ELSE [CAST(0 AS BIGINT), CAST(-1 AS BIGINT)]
    END;
CREATE MACRO ip6_ranges(sources) AS
    list_transform(
        list_filter(CAST(sources AS VARCHAR[]), lambda item_: regexp_full_match(lower(trim(item_)), '\*|any|internet|.*:.*/0+|[0-9a-f]{0,4}:[0-9a-f:.]*/0*(?:[1-9]|[12][0-9]|3[0-2])')),
        lambda item_: ip6_range(item_));

-- How much the wide members of a list cover together, each address once: public IPv4 addresses, or routable IPv6 blocks.
-- Prefixes lie apart or inside one another, so that in order of their first address those inside come after what holds them.
CREATE MACRO ip4_cover(sources) AS
    list_reduce(list_sort(ip4_ranges(sources)),
                lambda sum_, item_: CASE WHEN item_[2] <= sum_[1] THEN sum_
                                         ELSE [item_[2], sum_[2] + ip4_public(greatest(item_[1], sum_[1] + 1), item_[2])] END,
                [CAST(-1 AS BIGINT), CAST(0 AS BIGINT)])[2];
CREATE MACRO ip6_cover(sources) AS
    list_reduce(list_sort(ip6_ranges(sources)),
                lambda sum_, item_: CASE WHEN item_[2] <= sum_[1] THEN sum_
                                         ELSE [item_[2], sum_[2] + greatest(least(item_[2], 1073741823) - greatest(item_[1], sum_[1] + 1, 536870912) + 1, 0)] END,
                [CAST(-1 AS BIGINT), CAST(0 AS BIGINT)])[2];

-- TRUE when a list of sources takes in every public IPv4 address, or every routable IPv6 one: what a deny has to do to shut out all.
CREATE MACRO sources_all4(sources) AS coalesce(ip4_cover(sources) >= ip4_public(CAST(0 AS BIGINT), 4294967295), FALSE);
CREATE MACRO sources_all6(sources) AS coalesce(ip6_cover(sources) >= 536870912, FALSE);

-- TRUE when a list of sources lets everybody in: one member means everybody, or is a prefix with more public addresses than any
-- /8, the largest block that one owner was ever given; or all together hold half of the IPv4 space or more, or a /12 of the
-- routable IPv6 space, as much as one regional registry is given. That is more than the wildcards, the zero prefixes and the two
-- halves of a family, on purpose: who splits everybody into quarters, or leaves a part out, names no source either.
-- Never ask it of a deny. An empty list is FALSE: what "no source at all" means depends on the object that holds the list.
CREATE MACRO sources_any(sources) AS
    coalesce(array_length(list_filter(sources, lambda item_: is_any_source(item_))) > 0, FALSE)
    OR coalesce(array_length(list_filter(ip4_ranges(sources), lambda item_: ip4_public(item_[1], item_[2]) > 16777216)) > 0, FALSE)
    OR coalesce(ip4_cover(sources) >= 2147483648, FALSE)
    OR coalesce(ip6_cover(sources) >= 1048576, FALSE);

-- TRUE when a list of '*', 'n' and 'a-b' members covers the port.
CREATE MACRO port_in(ranges, port) AS
    coalesce(
        array_length(list_filter(ranges, lambda item_:
            trim(item_) = '*'
            OR (TRY_CAST(trim(string_split(item_, '-')[1]) AS INTEGER) <= port
                AND TRY_CAST(trim(string_split(item_, '-')[-1]) AS INTEGER) >= port))) > 0,
        FALSE);

-- Minutes of an ISO 8601 duration (a year is 365 days, a month 30) or of a .NET one, [d.]hh:mm:ss; NULL when it is neither.
CREATE MACRO iso_part(duration, part) AS
    coalesce(TRY_CAST(regexp_extract(upper(trim(duration)),
        '^P(?:([0-9.]+)Y)?(?:([0-9.]+)M)?(?:([0-9.]+)W)?(?:([0-9.]+)D)?(?:T(?:([0-9.]+)H)?(?:([0-9.]+)M)?(?:([0-9.]+)S)?)?$',
        part) AS DOUBLE), 0);
CREATE MACRO net_part(duration, part) AS
    coalesce(TRY_CAST(regexp_extract(trim(duration),
        '^(?:([0-9]+)\.)?([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2}(?:\.[0-9]+)?)$', part) AS DOUBLE), 0);
CREATE MACRO duration_minutes(duration) AS
    CASE WHEN regexp_full_match(upper(trim(duration)),
              'P(?:[0-9]+(?:\.[0-9]+)?Y)?(?:[0-9]+(?:\.[0-9]+)?M)?(?:[0-9]+(?:\.[0-9]+)?W)?(?:[0-9]+(?:\.[0-9]+)?D)?(?:T(?:[0-9]+(?:\.[0-9]+)?H)?(?:[0-9]+(?:\.[0-9]+)?M)?(?:[0-9]+(?:\.[0-9]+)?S)?)?')
              AND regexp_matches(upper(trim(duration)), '[YMWDHS]$')
         THEN iso_part(duration, 1) * 525600 + iso_part(duration, 2) * 43200 + iso_part(duration, 3) * 10080
            + iso_part(duration, 4) * 1440 + iso_part(duration, 5) * 60 + iso_part(duration, 6) + iso_part(duration, 7) / 60
         WHEN regexp_full_match(trim(duration), '(?:[0-9]+\.)?[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(?:\.[0-9]+)?')
              AND net_part(duration, 2) < 24 AND net_part(duration, 3) < 60 AND net_part(duration, 4) < 60
         THEN net_part(duration, 1) * 1440 + net_part(duration, 2) * 60 + net_part(duration, 3) + net_part(duration, 4) / 60
    END;
