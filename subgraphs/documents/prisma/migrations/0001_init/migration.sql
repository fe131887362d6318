-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- Words of any language, lower case and without accents, so that "facture" and "Façture" meet.
CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;
CREATE TEXT SEARCH CONFIGURATION public.folded (COPY = pg_catalog.simple);
ALTER TEXT SEARCH CONFIGURATION public.folded
    ALTER MAPPING FOR asciihword, asciiword, hword, hword_asciipart, hword_part, word, numhword, numword
    WITH public.unaccent, pg_catalog.simple;

-- CreateEnum
CREATE TYPE "document_status" AS ENUM ('UPLOADING', 'PROCESSING', 'READY', 'FAILED');

-- CreateEnum
CREATE TYPE "ingest_step" AS ENUM ('TEXT', 'INDEX');

-- CreateTable
CREATE TABLE "documents" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "filename" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" TEXT,
    "status" "document_status" NOT NULL DEFAULT 'UPLOADING',
    "step" "ingest_step",
    "failure" TEXT,
    "blob_id" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "documents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "search_entries" (
    "document_id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "title" TEXT NOT NULL,
    "filename" TEXT NOT NULL,
    "body" TEXT NOT NULL DEFAULT '',
    -- Titles outweigh file names, file names outweigh the text (weights A, B, D of ts_rank).
    "vector" tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('public.folded', "title"), 'A') ||
        setweight(to_tsvector('public.folded', regexp_replace("filename", '[-_.]+', ' ', 'g')), 'B') ||
        setweight(to_tsvector('public.folded', "body"), 'D')
    ) STORED,

    CONSTRAINT "search_entries_pkey" PRIMARY KEY ("document_id")
);

-- CreateTable
CREATE TABLE "outbox" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "queue" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "payload" JSONB NOT NULL,
    "available_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "outbox_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "documents_owner_id_id_idx" ON "documents"("owner_id", "id" DESC);

-- CreateIndex
CREATE INDEX "documents_status_updated_at_idx" ON "documents"("status", "updated_at");

-- CreateIndex
CREATE INDEX "search_entries_vector_idx" ON "search_entries" USING GIN ("vector");

-- CreateIndex
CREATE INDEX "outbox_available_at_created_at_idx" ON "outbox"("available_at", "created_at");

-- AddForeignKey
ALTER TABLE "search_entries" ADD CONSTRAINT "search_entries_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "documents"("id") ON DELETE CASCADE ON UPDATE CASCADE;


