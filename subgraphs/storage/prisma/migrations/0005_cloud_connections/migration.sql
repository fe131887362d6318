-- AlterEnum
ALTER TYPE "driver_kind" ADD VALUE 'GOOGLE_DRIVE';
ALTER TYPE "driver_kind" ADD VALUE 'ONEDRIVE';

-- CreateEnum
CREATE TYPE "cloud_provider" AS ENUM ('GOOGLE_DRIVE', 'ONEDRIVE', 'NEXTCLOUD', 'WEBDAV');
CREATE TYPE "connection_state" AS ENUM ('CONNECTING', 'OK', 'BROKEN');

-- AlterTable
ALTER TABLE "vault" ADD COLUMN "keys" JSONB NOT NULL DEFAULT '[]';

ALTER TABLE "storage_backends" ADD COLUMN "owner_id" UUID,
ADD COLUMN "warning" TEXT,
ADD COLUMN "skew_ms" INTEGER;
-- What belongs to one person is never the place for everybody's files.
ALTER TABLE "storage_backends" ADD CONSTRAINT "storage_backends_current_is_ours" CHECK (NOT "current" OR "owner_id" IS NULL);
CREATE INDEX "storage_backends_owner_id_idx" ON "storage_backends"("owner_id") WHERE "owner_id" IS NOT NULL;

ALTER TABLE "quota_accounts" ADD COLUMN "groups" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN "told_at" TIMESTAMPTZ(6);

-- CreateTable
CREATE TABLE "quota_groups" (
    "name" TEXT NOT NULL,
    "limit" BIGINT NOT NULL,

    CONSTRAINT "quota_groups_pkey" PRIMARY KEY ("name")
);

-- CreateTable
CREATE TABLE "cloud_connections" (
    "id" UUID NOT NULL,
    "owner_id" UUID NOT NULL,
    "provider" "cloud_provider" NOT NULL,
    "name" TEXT NOT NULL,
    "state" "connection_state" NOT NULL DEFAULT 'CONNECTING',
    "message" TEXT,
    "account_id" TEXT,
    "account_label" TEXT,
    "credentials" BYTEA,
    "chosen" BOOLEAN NOT NULL DEFAULT false,
    "backend_id" UUID,
    "last_used_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updated_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cloud_connections_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "cloud_connections_backend_id_key" ON "cloud_connections"("backend_id");
CREATE UNIQUE INDEX "cloud_connections_owner_id_provider_account_id_key" ON "cloud_connections"("owner_id", "provider", "account_id");
CREATE INDEX "cloud_connections_owner_id_id_idx" ON "cloud_connections"("owner_id", "id");
-- One place for a person's new documents.
CREATE UNIQUE INDEX "cloud_connections_one_chosen" ON "cloud_connections"("owner_id") WHERE "chosen";

CREATE TABLE "cloud_authorizations" (
    "id" UUID NOT NULL,
    "connection_id" UUID NOT NULL,
    "session_id" TEXT NOT NULL,
    "state_hash" BYTEA,
    "used_at" TIMESTAMPTZ(6),
    "finish_hash" BYTEA,
    "secret" BYTEA NOT NULL,
    "expires_at" TIMESTAMPTZ(6) NOT NULL,
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "cloud_authorizations_pkey" PRIMARY KEY ("id")
);
CREATE UNIQUE INDEX "cloud_authorizations_connection_id_key" ON "cloud_authorizations"("connection_id");
CREATE UNIQUE INDEX "cloud_authorizations_state_hash_key" ON "cloud_authorizations"("state_hash");
CREATE INDEX "cloud_authorizations_expires_at_idx" ON "cloud_authorizations"("expires_at");

-- AddForeignKey
ALTER TABLE "cloud_connections" ADD CONSTRAINT "cloud_connections_backend_id_fkey" FOREIGN KEY ("backend_id") REFERENCES "storage_backends"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "cloud_authorizations" ADD CONSTRAINT "cloud_authorizations_connection_id_fkey" FOREIGN KEY ("connection_id") REFERENCES "cloud_connections"("id") ON DELETE CASCADE ON UPDATE CASCADE;
