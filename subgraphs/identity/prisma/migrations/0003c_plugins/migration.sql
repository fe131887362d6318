-- AlterTable
ALTER TABLE "plugins" ADD COLUMN     "composition_error" TEXT,
ADD COLUMN     "has_settings" BOOLEAN NOT NULL DEFAULT false,
ADD COLUMN     "pending_access" JSONB,
ADD COLUMN     "sdl" TEXT;

-- CreateTable
CREATE TABLE "services" (
    "id" UUID NOT NULL,
    "url" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "built_in" BOOLEAN NOT NULL DEFAULT false,
    "plugin_id" TEXT,
    "state" "health_state" NOT NULL DEFAULT 'UNKNOWN',
    "reason" TEXT,
    "latency_ms" INTEGER,
    "checked_at" TIMESTAMPTZ(6),
    "created_at" TIMESTAMPTZ(6) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "services_pkey" PRIMARY KEY ("id")
);

-- CreateIndex
CREATE UNIQUE INDEX "services_name_key" ON "services"("name");

-- CreateIndex
CREATE INDEX "services_plugin_id_idx" ON "services"("plugin_id");
