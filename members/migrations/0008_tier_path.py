"""The path of one member through the tiers, folded in time order: a pure function of events, rules, grants and a day."""

from django.db import migrations

# Days are business days of ``zone``. The events come in order; ``worth`` is what each adds to the growth value. Where
# ``rates`` has an entry ({tier: [growth, points]}), it is that of the tier held times ``amounts``. The versions of the
# rules lie in step in the ``v_`` arrays, at most one per day, the first from the beginning; what a tier needs in each
# version in the ``n_`` arrays, by version and need: a tier's place there is its rank. ``alarm`` is the next midnight
# at which anything can happen; until then events only add up. ``stays`` is what of the growth still counts on the day
# of the next review, or at the end of grace; ``step_`` tells what happened, if asked.
PATH = """
CREATE FUNCTION members_tier_path(
    days date[], ats timestamptz[], worth int[], amounts numeric[], rates jsonb[],
    v_from date[], v_window int[], v_review int[], v_grace int[], v_at_once boolean[],
    n_version int[], n_tier bigint[], n_need bigint[],
    g_tier bigint[], g_from date[], g_until date[],
    as_of date, zone text, tell boolean,
    OUT tier bigint, OUT since timestamptz, OUT review_on date, OUT grace_until date, OUT growth bigint,
    OUT need bigint, OUT stays bigint, OUT held bigint, OUT held_since timestamptz, OUT why text, OUT held_at bigint[], OUT earned int[],
    OUT step_on date[], OUT step_what text[], OUT step_tier bigint[]
) LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $path$
DECLARE
    never CONSTANT date := 'infinity';
    beyond CONSTANT bigint := 9000000000000000000;
    lowest CONSTANT bigint := n_tier[1];
    last_event CONSTANT int := coalesce(cardinality(days), 0);
    last_version CONSTANT int := cardinality(v_from);
    last_need CONSTANT int := cardinality(n_need);
    grants CONSTANT int := coalesce(cardinality(g_tier), 0);
    takes CONSTANT boolean := coalesce(0 > ANY (worth), false);
    differs CONSTANT boolean := rates IS NOT NULL;
    i int := 0;  -- the last event that counts
    head int := 1;  -- the first event within the window
    taker int := 1;  -- no event before it that took growth is within the window
    d date;
    alarm date;
    passed date := '-infinity';  -- the last midnight that was looked at
    is_stale boolean := true;  -- the alarm is
    v int := 1;  -- the version in force, its days, its places in the n_ arrays
    win int := v_window[1];
    again int := v_review[1];
    low int := 1;
    high int := 0;
    g int := 1;  -- the place of the tier by growth
    granted int := 0;  -- the place of the best grant that is active
    best int;
    up bigint;  -- what the next tier above needs
    moved text;
    what text;
    at timestamptz;
BEGIN
    WHILE high < last_need AND n_version[high + 1] = 1 LOOP high := high + 1; END LOOP;
    growth := 0;
    tier := lowest;
    need := n_need[1];
    up := CASE WHEN g < high THEN n_need[g + 1] ELSE beyond END;
    held := lowest;
    held_at := array_fill(lowest, ARRAY[last_event]);
    earned := worth;
    LOOP
        d := CASE WHEN i < last_event THEN least(days[i + 1], as_of) ELSE as_of END;
        LOOP  -- the midnights until then
            IF is_stale THEN
                alarm := coalesce(grace_until, review_on, never);
                IF v < last_version THEN alarm := least(alarm, v_from[v + 1]); END IF;
                IF takes THEN
                    WHILE taker <= i AND (taker < head OR earned[taker] >= 0) LOOP taker := taker + 1; END LOOP;
                    IF taker <= i THEN alarm := least(alarm, greatest(days[taker] + win, passed + 1)); END IF;
                END IF;
                FOR k IN 1..grants LOOP
                    IF g_from[k] > passed THEN alarm := least(alarm, g_from[k]);
                    ELSIF g_until[k] >= passed THEN alarm := least(alarm, g_until[k] + 1); END IF;
                END LOOP;
                is_stale := false;
            END IF;
            EXIT WHEN alarm > d;
            at := alarm::timestamp AT TIME ZONE zone;
            moved := NULL;
            what := NULL;
            IF v < last_version AND v_from[v + 1] = alarm THEN
                v := v + 1;
                win := v_window[v];
                again := v_review[v];
                low := high + 1;
                WHILE high < last_need AND n_version[high + 1] = v LOOP high := high + 1; END LOOP;
                g := NULL;
                FOR k IN low..high LOOP
                    IF n_tier[k] = tier THEN g := k; END IF;
                END LOOP;
                growth := 0;  -- the new window may reach further back
                head := 1;
                taker := 1;
                FOR k IN 1..i LOOP growth := growth + earned[k]; END LOOP;
                moved := 'rules';
            END IF;
            WHILE head <= i AND days[head] <= alarm - win LOOP
                growth := growth - earned[head];
                head := head + 1;
            END LOOP;
            best := low;
            WHILE best < high AND n_need[best + 1] <= growth LOOP best := best + 1; END LOOP;
            IF g IS NOT NULL THEN
                IF moved IS NOT NULL AND (best = g OR best < g AND NOT v_at_once[v]) THEN moved := NULL; END IF;
                need := n_need[g];
                IF moved IS NOT NULL THEN
                    NULL;  -- by the new rules
                ELSIF best > g THEN
                    moved := 'growth';  -- what had been taken has left the window
                ELSIF growth >= need AND (grace_until IS NOT NULL OR review_on = alarm) THEN
                    what := CASE WHEN grace_until IS NULL THEN 'passed' ELSE 'kept' END;
                    review_on := alarm + again;
                    grace_until := NULL;
                ELSIF grace_until IS NULL AND review_on = alarm AND v_grace[v] > 0 THEN
                    grace_until := alarm + v_grace[v];
                    what := 'grace';
                ELSIF alarm = coalesce(grace_until, review_on) THEN
                    moved := 'review';
                END IF;
            END IF;
            IF moved IS NOT NULL THEN
                g := best;
                tier := n_tier[g];
                since := at;
                review_on := CASE WHEN g > low THEN alarm + again END;
                grace_until := NULL;
                need := n_need[g];
                what := moved;
            END IF;
            up := CASE WHEN g < high THEN n_need[g + 1] ELSE beyond END;
            IF tell AND what IS NOT NULL THEN
                step_on := array_append(step_on, alarm);
                step_what := array_append(step_what, what);
                step_tier := array_append(step_tier, tier);
            END IF;
            granted := 0;
            FOR k IN 1..grants LOOP
                IF g_from[k] <= alarm AND g_until[k] >= alarm THEN
                    FOR r IN low..high LOOP
                        IF n_tier[r] = g_tier[k] THEN granted := greatest(granted, r); END IF;
                    END LOOP;
                END IF;
            END LOOP;
            best := greatest(g, granted);
            IF n_tier[best] <> held THEN
                held := n_tier[best];
                held_since := at;
                why := CASE WHEN granted > g THEN 'grant' ELSE coalesce(moved, 'grant_ended') END;
                IF tell AND (granted > g OR moved IS NULL) THEN
                    step_on := array_append(step_on, alarm);
                    step_what := array_append(step_what, why);
                    step_tier := array_append(step_tier, held);
                END IF;
            END IF;
            passed := alarm;
            is_stale := true;
        END LOOP;
        EXIT WHEN i = last_event;
        i := i + 1;
        IF held <> lowest THEN held_at[i] := held; END IF;
        IF differs THEN
            earned[i] := coalesce(floor(amounts[i] * (rates[i] -> held::text ->> 0)::numeric)::int, earned[i]);
        END IF;
        growth := growth + earned[i];
        WHILE days[head] <= d - win LOOP
            growth := growth - earned[head];
            head := head + 1;
        END LOOP;
        IF takes AND earned[i] < 0 THEN is_stale := true; END IF;
        what := NULL;
        IF growth >= up THEN
            WHILE g < high AND n_need[g + 1] <= growth LOOP g := g + 1; END LOOP;
            tier := n_tier[g];
            since := ats[i];
            need := n_need[g];
            up := CASE WHEN g < high THEN n_need[g + 1] ELSE beyond END;
            what := 'growth';
            IF g > granted THEN
                held := tier;
                held_since := since;
                why := what;
            END IF;
        ELSIF grace_until IS NOT NULL AND growth >= need THEN
            what := 'kept';
        END IF;
        IF what IS NOT NULL THEN
            review_on := days[i] + again;
            grace_until := NULL;
            is_stale := true;
            IF tell THEN
                step_on := array_append(step_on, days[i]);
                step_what := array_append(step_what, what);
                step_tier := array_append(step_tier, tier);
            END IF;
        END IF;
    END LOOP;
    WHILE head <= last_event AND days[head] <= as_of - win LOOP
        growth := growth - earned[head];
        head := head + 1;
    END LOOP;
    stays := growth;
    WHILE head <= last_event AND days[head] <= coalesce(grace_until, review_on) - win LOOP
        stays := stays - earned[head];
        head := head + 1;
    END LOOP;
END
$path$
"""
SIGNATURE = """members_tier_path(date[], timestamptz[], int[], numeric[], jsonb[], date[], int[], int[], int[], boolean[],
    int[], bigint[], bigint[], bigint[], date[], date[], date, text, boolean)"""


class Migration(migrations.Migration):
    dependencies = [("members", "0007_points_lots")]

    operations = [
        migrations.RunSQL(PATH, reverse_sql=f"DROP FUNCTION {SIGNATURE}"),
    ]
