// What the embedded server is told, sized by the machine's memory.
import { totalmem } from "node:os";

/** All that PostgreSQL's programs see of the environment. */
export const programEnvironment = { PATH: "/usr/local/bin:/usr/bin:/bin", LANG: "C", LC_ALL: "C", TZ: "UTC" };

/** As arguments of `postgres`. `extra` wins. */
export function serverSettings(port: number, extra: Readonly<Record<string, string>>): string[] {
  const memoryMb = Math.floor(totalmem() / 1024 / 1024);
  const settings: Record<string, string> = {
    listen_addresses: "127.0.0.1",
    unix_socket_directories: "",
    port: String(port),
    max_connections: "200",
    shared_buffers: `${Math.min(2048, Math.max(128, Math.floor(memoryMb / 8)))}MB`,
    effective_cache_size: `${Math.max(256, Math.floor(memoryMb / 2))}MB`,
    work_mem: "16MB",
    maintenance_work_mem: "128MB",
    max_wal_size: "4GB",
    min_wal_size: "256MB",
    wal_compression: "on",
    checkpoint_timeout: "15min",
    random_page_cost: "1.1",
    jit: "off", // our statements are short: compiling them costs more than it saves
    timezone: "UTC",
    log_timezone: "UTC",
    log_line_prefix: "%m [%p] %a ",
    log_checkpoints: "off",
    ...extra,
  };
  return Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
}
