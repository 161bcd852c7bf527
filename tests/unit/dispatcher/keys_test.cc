#include "dispatcher/keys.h"

#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

cluster::AppConfig app(uint32_t id, const std::string& name, const std::string& key) {
  cluster::AppConfig config;
  config.id = AppId{id};
  config.name = name;
  config.send_key_hash = runtime::sha256(as_bytes(key));
  return config;
}

class KeysTest : public ::testing::Test {
 protected:
  KeysTest() {
    auto table = std::make_shared<cluster::AppTable>();
    for (const auto& config : {app(1, "one", "key-1"), app(2, "two", "key-2")}) {
      table->by_id[config.id.value] = config;
      table->id_by_name[config.name] = config.id.value;
    }
    keys_.set_apps(table);
  }

  absl::StatusCode on_app(const std::string& authorization, const std::string& name) {
    return keys_.check_app(authorization, name).status().code();
  }

  Keys keys_{runtime::sha256(as_bytes("root"))};
};

TEST_F(KeysTest, AnAppsKeyOpensThatAppOnly) {
  const auto found = keys_.check_app("Bearer key-1", "one");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ((*found)->id.value, 1u);
  EXPECT_EQ(on_app("Bearer key-1", "two"), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(on_app("Bearer key-2", "two"), absl::StatusCode::kOk);
}

TEST_F(KeysTest, TheAdminKeyOpensEverything) {
  EXPECT_EQ(on_app("Bearer root", "one"), absl::StatusCode::kOk);
  EXPECT_EQ(on_app("Bearer root", "none"), absl::StatusCode::kNotFound);
  EXPECT_TRUE(keys_.check_admin("Bearer root").ok());
}

TEST_F(KeysTest, AppNamesCannotBeProbed) {
  const absl::Status wrong_key = keys_.check_app("Bearer guess", "one").status();
  const absl::Status unknown_app = keys_.check_app("Bearer guess", "none").status();
  EXPECT_EQ(wrong_key.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(wrong_key, unknown_app);
  EXPECT_EQ(keys_.check_app("Bearer key-1", "none").status(), unknown_app);
}

TEST_F(KeysTest, AdminCallsTakeTheAdminKeyOnly) {
  EXPECT_TRUE(absl::IsPermissionDenied(keys_.check_admin("Bearer key-1")));
  EXPECT_TRUE(absl::IsUnauthenticated(keys_.check_admin("Bearer guess")));
  EXPECT_TRUE(absl::IsUnauthenticated(keys_.check_admin("")));
}

TEST_F(KeysTest, ANewTableReplacesTheOld) {
  keys_.set_apps(std::make_shared<const cluster::AppTable>());
  EXPECT_EQ(on_app("Bearer key-1", "one"), absl::StatusCode::kUnauthenticated);
}

TEST(BearerToken, Forms) {
  EXPECT_EQ(bearer_token("Bearer abc"), "abc");
  EXPECT_EQ(bearer_token("bearer  abc "), "abc");
  EXPECT_EQ(bearer_token("BEARER a"), "a");
  for (const char* text : {"", "Bearer", "Bearer ", "Basic abc", "abc", "Bearerabc", " Bearer x"}) {
    EXPECT_EQ(bearer_token(text), std::nullopt) << text;
  }
}

TEST(SendKey, IsFreshAndOfTheDocumentedForm) {
  const std::string key = make_send_key();
  EXPECT_EQ(key.size(), 4u + 64u);
  EXPECT_EQ(key.substr(0, 4), "tsk_");
  EXPECT_EQ(key.find_first_not_of("0123456789abcdef", 4), std::string::npos);
  EXPECT_NE(key, make_send_key());
}

}  // namespace
}  // namespace tocsin::dispatcher
