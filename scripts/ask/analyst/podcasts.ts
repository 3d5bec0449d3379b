/** Podcasts, their episodes and who listens to them. */
import { type Row, Source, stamp, type Tables, times } from "../seeded-rows.ts";

export function makePodcasts(): Tables {
  const source = new Source(411);
  const shows = ["Morning Brief", "Deep Space", "Kitchen Talk", "Crime Files", "Startup Diaries", "Old Maps"].map(
    (show_title, i): Row => ({
      show_id: i + 1,
      show_title,
      topic: ["news", "science", "food", "crime", "business", "history"][i] ?? null,
      host: ["Heron", "Otter", "Lynx", "Heron", "Kestrel", "Heron"][i] ?? null,
      launched: source.day("2021-01-01", "2025-12-01"),
    }),
  );
  const episodes = times(
    180,
    (i): Row => ({
      episode_id: i + 1,
      show_id: source.pick([1, 2, 3, 4, 5]),
      episode_title: `Episode ${i + 1}`,
      published_at: stamp(source.moment("2025-01-01", "2026-06-14")),
      length_min: source.between(12, 95),
      explicit: source.chance(0.2),
    }),
  );
  const listens = times(
    1200,
    (i): Row => ({
      listen_id: i + 1,
      episode_id: source.between(1, 170),
      listener_country: source.pick(["US", "UK", "Brazil", "Japan"]),
      listened_on: source.day("2025-02-01", "2026-06-14"),
      platform: source.pick(["Spotify", "Apple", "Web"]),
      minutes_played: source.between(1, 95),
      finished: source.chance(0.6),
    }),
  );
  return { shows, episodes, listens };
}
