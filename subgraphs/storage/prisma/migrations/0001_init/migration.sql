-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateEnum
CREATE TYPE "driver_kind" AS ENUM ('LOCAL');

-- CreateEnum
CREATE TYPE "replica_state" AS ENUM ('WRITING', 'VERIFIED', 'QUARANTINED', 'LOST');

-- CreateEnum
CREATE TYPE "upload_state" AS ENUM ('PENDING', 'RECEIVING', 'RECEIVED', 'COMMITTED', 'ABORTED');

-- CreateTable
CREATE TABLE "storage_backends" (
    "id" UUID NOT NULL,
    "name" TEXT NOT NULL,
    "driver" "driver_kind" NOT NULL,
    "config" JSONB NOT NULL,
    "current" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "storage_backends_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "blobs" (
    "id" UUID NOT NULL,
    "key" TEXT NOT NULL,
    "bucket" TEXT NOT NULL DEFAULT 'documents',
    "owner_id" UUID NOT NULL,
    "document_id" UUID NOT NULL,
    "filename" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "size" BIGINT NOT NULL,
    "sha256" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "blobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "replicas" (
    "blob_id" UUID NOT NULL,
    "backend_id" UUID NOT NULL,
    "state" "replica_state" NOT NULL,
    "verified_at" TIMESTAMPTZ(6),

    CONSTRAINT "replicas_pkey" PRIMARY KEY ("blob_id","backend_id")
);

-- CreateTable
CREATE TABLE "uploads" (
    "id" UUID NOT NULL,
    "document_id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "backend_id" UUID NOT NULL,
    "filename" TEXT NOT NULL,
    "content_type" TEXT NOT NULL,
    "declared_size" BIGINT NOT NULL,
    "declared_sha256" TEXT,
    "state" "upload_state" NOT NULL DEFAULT 'PENDING',
    "key" TEXT,
    "lease_until" TIMESTAMPTZ(6),
    "size" BIGINT,
    "sha256" TEXT,
    "blob_id" UUID,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "uploads_pkey" PRIMARY KEY ("id")
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
CREATE UNIQUE INDEX "storage_backends_name_key" ON "storage_backends"("name");

-- CreateIndex
CREATE UNIQUE INDEX "blobs_key_key" ON "blobs"("key");

-- CreateIndex
CREATE INDEX "blobs_owner_id_created_at_idx" ON "blobs"("owner_id", "created_at");

-- CreateIndex
CREATE INDEX "blobs_document_id_idx" ON "blobs"("document_id");

-- CreateIndex
CREATE INDEX "replicas_backend_id_state_idx" ON "replicas"("backend_id", "state");

-- CreateIndex
CREATE UNIQUE INDEX "uploads_key_key" ON "uploads"("key");

-- CreateIndex
CREATE UNIQUE INDEX "uploads_blob_id_key" ON "uploads"("blob_id");

-- CreateIndex
CREATE INDEX "uploads_state_expires_at_idx" ON "uploads"("state", "expires_at");

-- CreateIndex
CREATE INDEX "uploads_owner_id_idx" ON "uploads"("owner_id");

-- CreateIndex
CREATE INDEX "outbox_available_at_created_at_idx" ON "outbox"("available_at", "created_at");

-- AddForeignKey
ALTER TABLE "replicas" ADD CONSTRAINT "replicas_blob_id_fkey" FOREIGN KEY ("blob_id") REFERENCES "blobs"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "replicas" ADD CONSTRAINT "replicas_backend_id_fkey" FOREIGN KEY ("backend_id") REFERENCES "storage_backends"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_backend_id_fkey" FOREIGN KEY ("backend_id") REFERENCES "storage_backends"("id") ON DELETE RESTRICT ON UPDATE CASCADE;



-- New blobs go to one place.
CREATE UNIQUE INDEX "storage_backends_one_current" ON "storage_backends" ("current") WHERE "current";
