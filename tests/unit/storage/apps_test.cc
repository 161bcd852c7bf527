#include "storage/tables/apps.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/cluster/temp_folder.h"
#include "tests/unit/storage/records.h"
#include "tests/unit/storage/store_state.h"

namespace tocsin::storage {
namespace {

using namespace test;  // NOLINT: the record builders
using testing::ElementsAre;

constexpr uint32_t send_read_admin_alert = 2 | 4 | 8 | 16;

class AppsTest : public testing::Test {
 protected:
  AppsTest() { store_.apply(app_created()); }

  cluster::AppConfig config() const { return *store_.apps.table()->find(app); }
  std::vector<std::string> key_ids() const {
    std::vector<std::string> ids;
    for (const auto& key : config().keys) ids.push_back(key.id);
    return ids;
  }
  // As a process would find it that starts now.
  cluster::AppConfig stored() const {
    Apps loaded;
    EXPECT_TRUE(loaded.load(*store_.store).ok());
    return *loaded.table()->find(app);
  }

  TempFolder folder_;
  StoreUnderTest store_{folder_.path("db")};
};

TEST_F(AppsTest, TheKeyOfTheCreationIsTheDefaultOne) {
  for (const cluster::AppConfig& app : {config(), stored()}) {
    ASSERT_EQ(app.keys.size(), 1u);
    EXPECT_EQ(app.keys[0].id, "default");
    EXPECT_EQ(app.keys[0].hash[31], 's');
    EXPECT_EQ(app.keys[0].scopes, send_read_admin_alert);
    EXPECT_EQ(app.keys[0].created_at_ms, start_ms);
    EXPECT_EQ(app.keys[0].expires_at_ms, 0u);
  }
}

TEST_F(AppsTest, KeysComeAreReplacedAndGo) {
  store_.applied = {};
  store_.apply(key_put("ci", 'a'));
  EXPECT_TRUE(store_.applied.apps_changed) << "all roles must hear of it";
  store_.apply(key_put("phone", 'b'));
  store_.apply(key_put("ci", 'c'));
  EXPECT_THAT(key_ids(), ElementsAre("default", "ci", "phone"));
  const cluster::AppKey ci = stored().keys[1];
  EXPECT_EQ(ci.hash[0], 'c');
  EXPECT_EQ(ci.scopes, 2u);
  EXPECT_EQ(ci.label, "of ci");
  EXPECT_EQ(ci.created_at_ms, start_ms);
  EXPECT_EQ(ci.expires_at_ms, start_ms + 1000);
  store_.apply(key_removed("ci"));
  store_.apply(key_removed("never was"));
  EXPECT_THAT(key_ids(), ElementsAre("default", "phone"));
  EXPECT_EQ(stored().keys.size(), 2u);
}

TEST_F(AppsTest, TheDefaultKeyStaysRemoved) {
  store_.apply(key_removed("default"));
  EXPECT_TRUE(key_ids().empty());
  store_.apply(app_created());
  store_.apply(key_put("ci"));
  EXPECT_THAT(key_ids(), ElementsAre("ci")) << "also when the creation is repeated";
  EXPECT_EQ(stored().keys.size(), 1u);
}

TEST_F(AppsTest, AReplacedDefaultKeyDoesNotComeBackWhenItIsRemoved) {
  store_.apply(key_put("default", 'n'));
  ASSERT_THAT(key_ids(), ElementsAre("default"));
  EXPECT_EQ(config().keys[0].hash[0], 'n');
  store_.apply(key_removed("default"));
  EXPECT_TRUE(key_ids().empty());
  EXPECT_TRUE(stored().keys.empty());
}

TEST_F(AppsTest, AnAppHasAtMostSoManyKeys) {
  for (size_t i = 1; i < limits::keys_per_app_max; ++i) {
    store_.apply(key_put("k" + std::to_string(i)));
  }
  store_.apply(key_put("one too many"));
  EXPECT_EQ(config().keys.size(), limits::keys_per_app_max);
  store_.apply(key_put("k1", 'z'));
  EXPECT_EQ(config().keys[1].hash[0], 'z') << "one that is there can be replaced";
  store_.apply(key_removed("default"));
  store_.apply(key_put("room again"));
  EXPECT_EQ(config().keys.back().id, "room again");
}

TEST_F(AppsTest, SettingsAreReplacedAsAWhole) {
  EXPECT_EQ(config().settings.sends_per_s, 0u);
  internal::Record all = settings_put(50, "https://example.org/hook");
  auto& settings = *all.mutable_app_changed()->mutable_settings();
  settings.set_send_burst(100);
  settings.set_payload_bytes_max(1024);
  settings.set_live_casts_max(7);
  settings.set_everyone_needs_release(true);
  settings.set_messages_per_device_per_day(3);
  settings.set_webhook_secret("secret");
  store_.apply(all);
  store_.apply(key_put("ci"));
  const cluster::AppSettings kept = stored().settings;
  EXPECT_EQ(kept.sends_per_s, 50u);
  EXPECT_EQ(kept.send_burst, 100u);
  EXPECT_EQ(kept.payload_bytes_max, 1024u);
  EXPECT_EQ(kept.live_casts_max, 7u);
  EXPECT_TRUE(kept.everyone_needs_release);
  EXPECT_EQ(kept.messages_per_device_per_day, 3u);
  EXPECT_EQ(kept.webhook_url, "https://example.org/hook");
  EXPECT_EQ(kept.webhook_secret, "secret");
  store_.apply(settings_put(0));
  EXPECT_TRUE(config().settings.webhook_url.empty());
  EXPECT_EQ(config().settings.live_casts_max, 0u);
  EXPECT_EQ(config().keys.size(), 2u);
}

TEST_F(AppsTest, AChangeOfAnUnknownAppChangesNothing) {
  store_.apply(key_put("ci", 'k', AppId{99}));
  EXPECT_EQ(store_.apps.table()->find(AppId{99}), nullptr);
  EXPECT_TRUE(store_.store->get(Family::apps, app_key(AppId{99}))->value_or("").empty());
}

TEST_F(AppsTest, AKeyThatCannotBeOneIsRefused) {
  internal::Record short_hash = key_put("ci");
  short_hash.mutable_app_changed()->mutable_key()->set_key_hash("short");
  for (const internal::Record& record :
       {short_hash, key_put(""), key_put(std::string(limits::key_id_bytes_max + 1, 'x')),
        app_changed()}) {
    EXPECT_EQ(store_.try_apply(record.SerializeAsString()).code(), absl::StatusCode::kDataLoss);
  }
  EXPECT_THAT(key_ids(), ElementsAre("default"));
}

}  // namespace
}  // namespace tocsin::storage
