-- AlterEnum
ALTER TYPE "ingest_step" ADD VALUE 'VERIFY' BEFORE 'TEXT';
ALTER TYPE "ingest_step" ADD VALUE 'OCR' AFTER 'TEXT';
ALTER TYPE "ingest_step" ADD VALUE 'PREVIEW';

-- CreateEnum
CREATE TYPE "step_state" AS ENUM ('WAITING', 'RUNNING', 'DONE', 'SKIPPED', 'FAILED');
CREATE TYPE "reprocess_state" AS ENUM ('RUNNING', 'DONE');

-- CreateTable
CREATE TABLE "processing_steps" (
    "document_id" UUID NOT NULL,
    "step" "ingest_step" NOT NULL,
    "run" UUID NOT NULL,
    "state" "step_state" NOT NULL DEFAULT 'WAITING',
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "note" TEXT,
    "queued_at" TIMESTAMPTZ(6),
    "lease_until" TIMESTAMPTZ(6),
    "ended_at" TIMESTAMPTZ(6),

    CONSTRAINT "processing_steps_pkey" PRIMARY KEY ("document_id", "step")
);

-- CreateTable
CREATE TABLE "readings" (
    "document_id" UUID NOT NULL,
    "blob_id" UUID NOT NULL,
    "pages" TEXT[],
    "scanned" INTEGER[],
    "recognised" INTEGER[],
    "page_count" INTEGER,
    "own_title" TEXT,
    "language" TEXT,
    "proposed_title" TEXT,
    "proposed_dates" DATE[],
    "updated_at" TIMESTAMPTZ(6) NOT NULL,

    CONSTRAINT "readings_pkey" PRIMARY KEY ("document_id")
);

-- CreateTable
CREATE TABLE "previews" (
    "id" UUID NOT NULL DEFAULT gen_random_uuid(),
    "document_id" UUID NOT NULL,
    "page" INTEGER NOT NULL,
    "source_id" UUID NOT NULL,
    "blob_id" UUID NOT NULL,
    "object" TEXT NOT NULL,
    "width" INTEGER NOT NULL,
    "height" INTEGER NOT NULL,

    CONSTRAINT "previews_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "reprocesses" (
    "id" UUID NOT NULL,
    "actor_id" UUID NOT NULL,
    "document_ids" UUID[],
    "everything" BOOLEAN NOT NULL DEFAULT false,
    "state" "reprocess_state" NOT NULL DEFAULT 'RUNNING',
    "total" INTEGER NOT NULL,
    "begun" INTEGER NOT NULL DEFAULT 0,
    "cursor" UUID,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "finished_at" TIMESTAMPTZ(6),

    CONSTRAINT "reprocesses_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE INDEX "documents_owner_id_sha256_idx" ON "documents"("owner_id", "sha256");

-- CreateIndex
CREATE INDEX "processing_steps_state_queued_at_idx" ON "processing_steps"("state", "queued_at");

-- CreateIndex
CREATE INDEX "processing_steps_run_step_state_idx" ON "processing_steps"("run", "step", "state");

-- CreateIndex
CREATE UNIQUE INDEX "previews_document_id_page_key" ON "previews"("document_id", "page");

-- CreateIndex
CREATE INDEX "reprocesses_actor_id_id_idx" ON "reprocesses"("actor_id", "id" DESC);

-- AddForeignKey
ALTER TABLE "processing_steps" ADD CONSTRAINT "processing_steps_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "documents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "readings" ADD CONSTRAINT "readings_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "documents"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "previews" ADD CONSTRAINT "previews_document_id_fkey" FOREIGN KEY ("document_id") REFERENCES "documents"("id") ON DELETE CASCADE ON UPDATE CASCADE;
