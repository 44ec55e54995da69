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

-- TRUE when one source spans a half of an address family: 'IPv4 low', 'IPv4 high', 'IPv6 low' or 'IPv6 high'.
-- The bare zero address is not counted here: as the source of a deny it is one address, not everybody.
CREATE MACRO spans_half(source, half) AS
    coalesce(
        lower(trim(source)) IN ('*', 'any', 'internet')
        OR (half LIKE 'IPv4%' AND regexp_full_match(trim(source), '[^:]*/0+'))
        OR (half LIKE 'IPv6%' AND regexp_full_match(trim(source), '.*:.*/0+'))
        OR (half = 'IPv4 low' AND regexp_full_match(trim(source), '(?:[0-9]{1,2}|1[01][0-9]|12[0-7])\.[0-9.]+/0*1'))
        OR (half = 'IPv4 high' AND regexp_full_match(trim(source), '(?:12[89]|1[3-9][0-9]|2[0-9]{2})\.[0-9.]+/0*1'))
        OR (half = 'IPv6 low' AND regexp_full_match(lower(trim(source)), '(?:[0-7][0-9a-f]{3}|[0-9a-f]{0,3}):[0-9a-f:.]*/0*1'))
        OR (half = 'IPv6 high' AND regexp_full_match(lower(trim(source)), '[89a-f][0-9a-f]{3}:[0-9a-f:.]*/0*1')),
        FALSE);

CREATE MACRO list_spans_half(sources, half) AS
    coalesce(array_length(list_filter(sources, lambda item_: spans_half(item_, half))) > 0, FALSE);

-- TRUE when a list of sources lets everybody in: one member does, or both halves of a family are there.
-- An empty list is FALSE: what "no source at all" means depends on the object that holds the list.
CREATE MACRO sources_any(sources) AS
    coalesce(array_length(list_filter(sources, lambda item_: is_any_source(item_))) > 0, FALSE)
    OR (list_spans_half(sources, 'IPv4 low') AND list_spans_half(sources, 'IPv4 high'))
    OR (list_spans_half(sources, 'IPv6 low') AND list_spans_half(sources, 'IPv6 high'));

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
