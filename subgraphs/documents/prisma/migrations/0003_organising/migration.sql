-- Names meet whatever their case and accents. The dictionary is named, so the answer depends on the text alone.
CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
CREATE FUNCTION public.fold(text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, $1));

-- CreateEnum
CREATE TYPE "access_level" AS ENUM ('VIEW', 'EDIT');
CREATE TYPE "subject_kind" AS ENUM ('USER', 'GROUP');
CREATE TYPE "provenance" AS ENUM ('PERSON', 'AI');
CREATE TYPE "bulk_state" AS ENUM ('RUNNING', 'DONE', 'UNDOING', 'UNDONE');
CREATE TYPE "bulk_item_state" AS ENUM ('PENDING', 'DONE', 'SKIPPED', 'UNDONE', 'KEPT');

-- CreateTable
CREATE TABLE "categories" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "parent_id" UUID,
    "name" TEXT NOT NULL,
    "folded" TEXT NOT NULL GENERATED ALWAYS AS (public.fold("name")) STORED,
    "color" TEXT,
    "icon" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "categories_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "categories_parent_id_fkey" FOREIGN KEY ("parent_id") REFERENCES "categories"("id") ON DELETE RESTRICT ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "categories_owner_id_parent_id_folded_key" ON "categories"("owner_id", "parent_id", "folded") NULLS NOT DISTINCT;
CREATE INDEX "categories_parent_id_idx" ON "categories"("parent_id");
CREATE INDEX "categories_folded_idx" ON "categories"("folded");

-- AlterTable
ALTER TABLE "documents"
    ADD COLUMN "notes" TEXT NOT NULL DEFAULT '',
    ADD COLUMN "category_id" UUID,
    ADD COLUMN "trashed_at" TIMESTAMPTZ(6),
    ADD COLUMN "purging_at" TIMESTAMPTZ(6),
    ADD COLUMN IF NOT EXISTS "language" TEXT,
    ADD COLUMN IF NOT EXISTS "document_date" DATE,
    ADD CONSTRAINT "documents_category_id_fkey" FOREIGN KEY ("category_id") REFERENCES "categories"("id") ON DELETE SET NULL ON UPDATE CASCADE;
CREATE INDEX "documents_category_id_idx" ON "documents"("category_id");
CREATE INDEX "documents_present_idx" ON "documents"("owner_id", "id" DESC) WHERE "trashed_at" IS NULL AND "purging_at" IS NULL;
CREATE INDEX "documents_trashed_at_idx" ON "documents"("trashed_at") WHERE "trashed_at" IS NOT NULL;

-- CreateTable
CREATE TABLE "topics" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "folded" TEXT NOT NULL GENERATED ALWAYS AS (public.fold("name")) STORED,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "topics_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "topics_owner_id_folded_key" ON "topics"("owner_id", "folded");
CREATE INDEX "topics_folded_idx" ON "topics"("folded");

CREATE TABLE "document_topics" (
    "document_id" UUID NOT NULL,
    "topic_id" UUID NOT NULL,
    "provenance" "provenance" NOT NULL,
    "added_by" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "document_topics_pkey" PRIMARY KEY ("document_id", "topic_id"),
    CONSTRAINT "document_topics_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "documents"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "document_topics_topic_id_fkey" FOREIGN KEY ("topic_id") REFERENCES "topics"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "document_topics_topic_id_idx" ON "document_topics"("topic_id");

-- Every file a document ever had. The id is that of the upload which brought it.
CREATE TABLE "document_versions" (
    "id" UUID NOT NULL,
    "document_id" UUID NOT NULL,
    -- Null until the bytes are complete.
    "number" INTEGER,
    "blob_id" UUID,
    "filename" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" TEXT,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "document_versions_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "document_versions_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "documents"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "document_versions_document_id_number_key" ON "document_versions"("document_id", "number");
CREATE INDEX "document_versions_pending_idx" ON "document_versions"("created_at") WHERE "number" IS NULL;
INSERT INTO "document_versions" ("id", "document_id", "number", "blob_id", "filename", "content_type", "size", "sha256", "created_by", "created_at")
    SELECT "id", "id", 1, "blob_id", "filename", "content_type", "size", "sha256", "owner_id", "created_at"
    FROM "documents" WHERE "blob_id" IS NOT NULL;

-- CreateTable
CREATE TABLE "shares" (
    "id" UUID NOT NULL,
    "document_id" UUID NOT NULL,
    "kind" "subject_kind" NOT NULL,
    "subject_id" UUID NOT NULL,
    -- As the permission filter asks: "u:" and a person, "g:" and a group.
    "principal" TEXT NOT NULL GENERATED ALWAYS AS (CASE "kind" WHEN 'USER' THEN 'u:' ELSE 'g:' END || "subject_id"::text) STORED,
    "level" "access_level" NOT NULL,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "shares_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "shares_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "documents"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE UNIQUE INDEX "shares_document_id_principal_key" ON "shares"("document_id", "principal");
CREATE INDEX "shares_principal_document_id_idx" ON "shares"("principal", "document_id" DESC);

CREATE TABLE "share_links" (
    "id" UUID NOT NULL,
    "document_id" UUID NOT NULL,
    -- SHA-256 of a random token; the token itself is shown once and kept nowhere.
    "token_hash" BYTEA NOT NULL,
    "password_hash" TEXT,
    "expires_at" TIMESTAMPTZ(6),
    "max_downloads" INTEGER,
    "downloads" INTEGER NOT NULL DEFAULT 0,
    "created_by" UUID NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "revoked_at" TIMESTAMPTZ(6),

    CONSTRAINT "share_links_pkey" PRIMARY KEY ("id"),
    CONSTRAINT "share_links_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "documents"("id") ON DELETE CASCADE ON UPDATE CASCADE,
    CONSTRAINT "share_links_downloads_check" CHECK ("max_downloads" IS NULL OR "downloads" <= "max_downloads")
);
CREATE UNIQUE INDEX "share_links_token_hash_key" ON "share_links"("token_hash");
CREATE INDEX "share_links_document_id_idx" ON "share_links"("document_id");

CREATE TABLE "saved_views" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "folded" TEXT NOT NULL GENERATED ALWAYS AS (public.fold("name")) STORED,
    "search" TEXT NOT NULL,
    "order_by" TEXT NOT NULL,
    "icon" TEXT,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "saved_views_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "saved_views_owner_id_folded_key" ON "saved_views"("owner_id", "folded");

CREATE TABLE "bulk_updates" (
    "id" UUID NOT NULL,
    "actor_id" UUID NOT NULL,
    "search" TEXT,
    "change" JSONB NOT NULL,
    "state" "bulk_state" NOT NULL DEFAULT 'RUNNING',
    "total" INTEGER NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "bulk_updates_pkey" PRIMARY KEY ("id")
);
CREATE INDEX "bulk_updates_actor_id_id_idx" ON "bulk_updates"("actor_id", "id" DESC);
CREATE INDEX "bulk_updates_created_at_idx" ON "bulk_updates"("created_at");

CREATE TABLE "bulk_items" (
    "bulk_id" UUID NOT NULL,
    "document_id" UUID NOT NULL,
    "state" "bulk_item_state" NOT NULL DEFAULT 'PENDING',
    -- What it was before and what the change made of it: an undo restores only what nobody changed since.
    "before" JSONB,
    "after" JSONB,

    CONSTRAINT "bulk_items_pkey" PRIMARY KEY ("bulk_id", "document_id"),
    CONSTRAINT "bulk_items_bulk_id_fkey" FOREIGN KEY ("bulk_id") REFERENCES "bulk_updates"("id") ON DELETE CASCADE ON UPDATE CASCADE
);
CREATE INDEX "bulk_items_bulk_id_state_document_id_idx" ON "bulk_items"("bulk_id", "state", "document_id");

-- The languages whose word stems are known: one configuration each, which folds accents before it stems.
DO $$ DECLARE lang text; BEGIN
    FOR lang IN SELECT replace(dictname, '_stem', '') FROM pg_ts_dict
        WHERE dictnamespace = 'pg_catalog'::regnamespace AND dictname LIKE '%\_stem'
    LOOP
        EXECUTE format('CREATE TEXT SEARCH CONFIGURATION public.%I (COPY = pg_catalog.%I)', 'folded_' || lang, lang);
        EXECUTE format('ALTER TEXT SEARCH CONFIGURATION public.%I ALTER MAPPING
            FOR asciihword, asciiword, hword, hword_asciipart, hword_part, word WITH public.unaccent, pg_catalog.%I',
            'folded_' || lang, lang || '_stem');
    END LOOP;
END $$;

-- The configuration of a language by its code (ISO 639-1 or 639-3); null for a language without stems.
CREATE FUNCTION public.language_config(language text) RETURNS regconfig
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE lower(language)
        WHEN 'en' THEN 'public.folded_english' WHEN 'eng' THEN 'public.folded_english'
        WHEN 'de' THEN 'public.folded_german' WHEN 'deu' THEN 'public.folded_german'
        WHEN 'fr' THEN 'public.folded_french' WHEN 'fra' THEN 'public.folded_french'
        WHEN 'es' THEN 'public.folded_spanish' WHEN 'spa' THEN 'public.folded_spanish'
        WHEN 'it' THEN 'public.folded_italian' WHEN 'ita' THEN 'public.folded_italian'
        WHEN 'nl' THEN 'public.folded_dutch' WHEN 'nld' THEN 'public.folded_dutch'
        WHEN 'pt' THEN 'public.folded_portuguese' WHEN 'por' THEN 'public.folded_portuguese'
        WHEN 'sv' THEN 'public.folded_swedish' WHEN 'swe' THEN 'public.folded_swedish'
        WHEN 'da' THEN 'public.folded_danish' WHEN 'dan' THEN 'public.folded_danish'
        WHEN 'no' THEN 'public.folded_norwegian' WHEN 'nob' THEN 'public.folded_norwegian' WHEN 'nno' THEN 'public.folded_norwegian'
        WHEN 'fi' THEN 'public.folded_finnish' WHEN 'fin' THEN 'public.folded_finnish'
        WHEN 'ru' THEN 'public.folded_russian' WHEN 'rus' THEN 'public.folded_russian'
        WHEN 'tr' THEN 'public.folded_turkish' WHEN 'tur' THEN 'public.folded_turkish'
        WHEN 'hu' THEN 'public.folded_hungarian' WHEN 'hun' THEN 'public.folded_hungarian'
        WHEN 'ro' THEN 'public.folded_romanian' WHEN 'ron' THEN 'public.folded_romanian'
        WHEN 'el' THEN 'public.folded_greek' WHEN 'ell' THEN 'public.folded_greek'
    END::regconfig $$;

-- Titles outweigh notes and file names, those outweigh the text (weights A, B, D). Every word stands as it is written,
-- without case and accents; beside it, where the language is known, its stem. The stems of the text have no places.
CREATE FUNCTION public.names_vector(language text, title text, filename text, notes text) RETURNS tsvector
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight(to_tsvector('public.folded', title), 'A')
        || setweight(to_tsvector('public.folded', regexp_replace(filename, '[-_.]+', ' ', 'g') || ' ' || notes), 'B')
        || CASE WHEN public.language_config(language) IS NULL THEN ''::tsvector ELSE
            setweight(to_tsvector(public.language_config(language), title), 'A')
            || setweight(to_tsvector(public.language_config(language), notes), 'B') END $$;

-- A tsvector holds at most 1 MiB. A text with more distinct words than that is indexed as far as they fit.
CREATE FUNCTION public.search_vector(language text, title text, filename text, notes text, body text) RETURNS tsvector
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE most int := length(body);
    BEGIN
        LOOP
            BEGIN
                RETURN public.names_vector(language, title, filename, notes)
                    || setweight(to_tsvector('public.folded', left(body, most)), 'D')
                    || CASE WHEN public.language_config(language) IS NULL THEN ''::tsvector
                        ELSE strip(to_tsvector(public.language_config(language), left(body, most))) END;
            EXCEPTION WHEN program_limit_exceeded THEN
                IF most = 0 THEN RETURN ''::tsvector; END IF;
                most := most / 2;
            END;
        END LOOP;
    END $$;

-- What a search may filter by, as keys in the same index as the words: who may see it ("o:" owner, "u:" person,
-- "g:" group), and what it is. In the trash it has one reader alone, under a key that no ordinary search asks for.
CREATE FUNCTION public.search_keys(document uuid) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN d."trashed_at" IS NOT NULL THEN ARRAY['x:' || d."owner_id"]
            ELSE ARRAY['o:' || d."owner_id"] || ARRAY(SELECT s."principal" FROM public."shares" s WHERE s."document_id" = d."id") END
        || ARRAY['c:' || coalesce(d."category_id"::text, 'none'), 'm:' || d."content_type",
            'l:' || coalesce(d."language", 'none'),
            'y:' || to_char(coalesce(d."document_date", (d."created_at" AT TIME ZONE 'UTC')::date), 'YYYY')]
        || coalesce((SELECT array_agg('t:' || t."topic_id") FROM public."document_topics" t WHERE t."document_id" = d."id"), ARRAY['t:none'])
        || CASE WHEN EXISTS (SELECT 1 FROM public."shares" s WHERE s."document_id" = d."id")
            OR EXISTS (SELECT 1 FROM public."share_links" l WHERE l."document_id" = d."id" AND l."revoked_at" IS NULL)
            THEN ARRAY['is:shared'] ELSE '{}'::text[] END
        || CASE WHEN d."status" = 'FAILED' THEN ARRAY['is:failed'] ELSE '{}'::text[] END
    FROM public."documents" d WHERE d."id" = document $$;

-- AlterTable
DROP INDEX "search_entries_vector_idx";
ALTER TABLE "search_entries" DROP COLUMN "vector";
ALTER TABLE "search_entries"
    ADD COLUMN "notes" TEXT NOT NULL DEFAULT '',
    ADD COLUMN "language" TEXT,
    ADD COLUMN "day" DATE NOT NULL DEFAULT CURRENT_DATE,
    ADD COLUMN "size" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN "keys" TEXT[] NOT NULL DEFAULT '{}';
UPDATE "search_entries" e SET "day" = (d."created_at" AT TIME ZONE 'UTC')::date, "size" = d."size", "created_at" = d."created_at",
    "keys" = public.search_keys(d."id")
    FROM "documents" d WHERE d."id" = e."document_id";
ALTER TABLE "search_entries"
    ADD COLUMN "names" tsvector GENERATED ALWAYS AS (public.names_vector("language", "title", "filename", "notes")) STORED,
    ADD COLUMN "vector" tsvector GENERATED ALWAYS AS (public.search_vector("language", "title", "filename", "notes", "body")) STORED;
-- Texts and their words lie outside of the row, so that walking over many rows touches few pages.
DO $$ BEGIN
    ALTER TABLE "search_entries" ALTER COLUMN "body" SET COMPRESSION lz4;
    ALTER TABLE "search_entries" ALTER COLUMN "vector" SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN NULL; -- a server built without it
END $$;
ALTER TABLE "search_entries" SET (toast_tuple_target = 768);

-- One index answers who may see it, what it is and what it says, so that a word found in a million documents costs a
-- person what it costs in their own. Without the pending list, which every search would have to read through.
CREATE INDEX "search_entries_keys_vector_title_idx" ON "search_entries"
    USING GIN ("keys", "vector", "title" gin_trgm_ops) WITH (fastupdate = off);
CREATE INDEX "search_entries_owner_id_document_id_idx" ON "search_entries"("owner_id", "document_id" DESC);

-- The languages there are: a search asks for the stems of each.
CREATE TABLE "search_languages" (
    "language" TEXT NOT NULL,

    CONSTRAINT "search_languages_pkey" PRIMARY KEY ("language")
);

-- The index follows the documents by itself, in the same transaction, whoever writes: it cannot be forgotten.
CREATE FUNCTION public.fill_search_entry() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE d record;
    BEGIN
        SELECT * INTO d FROM public."documents" WHERE "id" = NEW."document_id";
        IF NOT FOUND THEN RETURN NEW; END IF;
        NEW."owner_id" := d."owner_id";
        NEW."title" := d."title";
        NEW."filename" := d."filename";
        NEW."notes" := d."notes";
        NEW."language" := d."language";
        NEW."day" := coalesce(d."document_date", (d."created_at" AT TIME ZONE 'UTC')::date);
        NEW."size" := d."size";
        NEW."created_at" := d."created_at";
        NEW."keys" := public.search_keys(NEW."document_id");
        IF d."language" IS NOT NULL THEN
            INSERT INTO public."search_languages" VALUES (lower(d."language")) ON CONFLICT DO NOTHING;
        END IF;
        RETURN NEW;
    END $$;
CREATE TRIGGER "search_entries_fill" BEFORE INSERT ON "search_entries"
    FOR EACH ROW EXECUTE FUNCTION public.fill_search_entry();

CREATE FUNCTION public.follow_document() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE
        known_keys text[] := public.search_keys(NEW."id");
        known_day date := coalesce(NEW."document_date", (NEW."created_at" AT TIME ZONE 'UTC')::date);
    BEGIN
        IF NEW."language" IS DISTINCT FROM OLD."language" AND NEW."language" IS NOT NULL THEN
            INSERT INTO public."search_languages" VALUES (lower(NEW."language")) ON CONFLICT DO NOTHING;
        END IF;
        -- Columns the words come from are written only when they changed: to write them is to read the whole text again.
        IF (NEW."title", NEW."filename", NEW."notes") IS DISTINCT FROM (OLD."title", OLD."filename", OLD."notes")
            OR NEW."language" IS DISTINCT FROM OLD."language" THEN
            UPDATE public."search_entries" SET "title" = NEW."title", "filename" = NEW."filename", "notes" = NEW."notes",
                "language" = NEW."language" WHERE "document_id" = NEW."id";
        END IF;
        UPDATE public."search_entries" SET "owner_id" = NEW."owner_id", "size" = NEW."size", "day" = known_day, "keys" = known_keys
            WHERE "document_id" = NEW."id" AND ("keys", "size", "day") IS DISTINCT FROM (known_keys, NEW."size", known_day);
        RETURN NULL;
    END $$;
CREATE TRIGGER "documents_follow" AFTER UPDATE OF "owner_id", "title", "filename", "notes", "language", "document_date",
    "category_id", "trashed_at", "content_type", "size", "status" ON "documents"
    FOR EACH ROW EXECUTE FUNCTION public.follow_document();

-- The language that was recognised in a text is the document's, until somebody says another.
CREATE FUNCTION public.take_language() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
        UPDATE public."documents" SET "language" = NEW."language"
            WHERE "id" = NEW."document_id" AND "language" IS NULL AND NEW."language" IS NOT NULL;
        RETURN NULL;
    END $$;
CREATE TRIGGER "readings_language" AFTER INSERT OR UPDATE OF "language" ON "readings"
    FOR EACH ROW EXECUTE FUNCTION public.take_language();

CREATE FUNCTION public.follow_keys() RETURNS trigger
    LANGUAGE plpgsql AS $$
    DECLARE
        document uuid := CASE TG_OP WHEN 'DELETE' THEN OLD."document_id" ELSE NEW."document_id" END;
        known_keys text[];
    BEGIN
        -- Two changes at once follow each other here, so that the second sees what the first has done.
        PERFORM 1 FROM public."documents" WHERE "id" = document FOR NO KEY UPDATE;
        IF NOT FOUND THEN RETURN NULL; END IF;
        known_keys := public.search_keys(document);
        UPDATE public."search_entries" SET "keys" = known_keys WHERE "document_id" = document AND "keys" IS DISTINCT FROM known_keys;
        RETURN NULL;
    END $$;
CREATE TRIGGER "document_topics_follow" AFTER INSERT OR DELETE ON "document_topics"
    FOR EACH ROW EXECUTE FUNCTION public.follow_keys();
CREATE TRIGGER "shares_follow" AFTER INSERT OR DELETE ON "shares"
    FOR EACH ROW EXECUTE FUNCTION public.follow_keys();
CREATE TRIGGER "share_links_follow" AFTER INSERT OR DELETE OR UPDATE OF "revoked_at" ON "share_links"
    FOR EACH ROW EXECUTE FUNCTION public.follow_keys();

-- One word of a search: as it is written, or any of its stems in the languages there are.
CREATE FUNCTION public.search_word(word text) RETURNS tsquery
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
    DECLARE
        found tsquery := plainto_tsquery('public.folded', word);
        stem tsquery;
        config regconfig;
    BEGIN
        FOR config IN SELECT DISTINCT public.language_config("language") FROM public."search_languages" WHERE public.language_config("language") IS NOT NULL
        LOOP
            stem := plainto_tsquery(config, word);
            IF numnode(stem) > 0 AND NOT found @> stem THEN found := found || stem; END IF;
        END LOOP;
        RETURN found;
    END $$;

-- The passage of a text that matches, marked between U+E000 and U+E001. To mark a text takes far longer than to find it,
-- so only the neighbourhood of the first of the words that is there is marked: as it was typed, or as it begins.
CREATE FUNCTION public.search_headline(language text, body text, query tsquery, words text[]) RETURNS text
    LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
    DECLARE
        options CONSTANT text := 'StartSel=, StopSel=, MaxFragments=2, MaxWords=28, MinWords=12, FragmentDelimiter=" … "';
        config regconfig := coalesce(public.language_config(language), 'public.folded'::regconfig);
        folded text := lower(body);
        place int := 0;
        word text;
        found text;
    BEGIN
        IF length(body) > 1200 THEN
            FOREACH word IN ARRAY words LOOP
                -- At the start of a word; "the" is in "other" too.
                place := strpos(folded, ' ' || word);
                IF place = 0 AND length(word) > 5 THEN place := strpos(folded, ' ' || left(word, length(word) - 3)); END IF;
                EXIT WHEN place > 0;
            END LOOP;
            found := ts_headline(config, substr(body, greatest(1, place - 300), 1000), query, options);
            IF strpos(found, '') > 0 THEN RETURN found; END IF;
        END IF;
        found := ts_headline(config, left(body, 8000), query, options);
        IF strpos(found, '') > 0 THEN RETURN found; END IF;
        RETURN ts_headline('public.folded', left(body, 8000), query, options);
    END $$;
