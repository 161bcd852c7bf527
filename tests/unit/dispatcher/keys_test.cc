#include "dispatcher/reply/keys.h"

#include <gtest/gtest.h>

namespace tocsin::dispatcher {
namespace {

constexpr uint64_t now_ms = 1'000'000;

cluster::AppConfig app(uint32_t id, const std::string& name, const std::string& key) {
  cluster::AppConfig config;
  config.id = AppId{id};
  config.name = name;
  const auto add = [&](const std::string& text, Scopes scopes, uint64_t expires_at_ms) {
    cluster::AppKey added;
    added.id = text;
    added.hash = runtime::sha256(as_bytes(text));
    added.scopes = scopes;
    added.expires_at_ms = expires_at_ms;
    config.keys.push_back(added);
  };
  add(key, app_scopes, 0);
  add(key + "-reads", scope_bit(v1::READ), now_ms + 1);
  add(key + "-ended", app_scopes, now_ms);
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

  absl::StatusOr<Caller> check(const std::string& authorization, const std::string& name,
                               v1::Scope scope = v1::SEND) {
    return keys_.check_app(authorization, name, scope, now_ms);
  }
  absl::StatusCode on_app(const std::string& authorization, const std::string& name,
                          v1::Scope scope = v1::SEND) {
    return check(authorization, name, scope).status().code();
  }

  Keys keys_{runtime::sha256(as_bytes("root"))};
};

TEST_F(KeysTest, AnAppsKeyOpensThatAppOnly) {
  const auto found = check("Bearer key-1", "one");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(found->app->id.value, 1u);
  EXPECT_TRUE(found->may(v1::ALERT));
  EXPECT_FALSE(found->may(v1::OPERATOR));
  EXPECT_EQ(on_app("Bearer key-1", "two"), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(on_app("Bearer key-2", "two"), absl::StatusCode::kOk);
}

TEST_F(KeysTest, TheAdminKeyOpensEverything) {
  EXPECT_EQ(on_app("Bearer root", "one"), absl::StatusCode::kOk);
  EXPECT_EQ(on_app("Bearer root", "none"), absl::StatusCode::kNotFound);
  EXPECT_TRUE(keys_.check_admin("Bearer root").ok());
}

TEST_F(KeysTest, AKeyDoesWhatItsScopesAllow) {
  EXPECT_EQ(on_app("Bearer key-1-reads", "one", v1::READ), absl::StatusCode::kOk);
  const absl::Status refused = check("Bearer key-1-reads", "one", v1::ADMIN).status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused));
  EXPECT_NE(std::string(refused.message()).find("ADMIN"), std::string::npos);
}

TEST_F(KeysTest, AKeyEndsAtItsTime) {
  EXPECT_EQ(on_app("Bearer key-1-ended", "one"), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(keys_.check_app("Bearer key-1-reads", "one", v1::READ, now_ms + 1).status().code(),
            absl::StatusCode::kUnauthenticated);
}

TEST_F(KeysTest, AppNamesCannotBeProbed) {
  const absl::Status wrong_key = check("Bearer guess", "one").status();
  const absl::Status unknown_app = check("Bearer guess", "none").status();
  EXPECT_EQ(wrong_key.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(wrong_key, unknown_app);
  EXPECT_EQ(check("Bearer key-1", "none").status(), unknown_app);
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

TEST(Key, IsFreshAndOfTheDocumentedForm) {
  const std::string key = make_key();
  EXPECT_EQ(key.size(), 4u + 64u);
  EXPECT_EQ(key.substr(0, 4), "tsk_");
  EXPECT_EQ(key.find_first_not_of("0123456789abcdef", 4), std::string::npos);
  EXPECT_NE(key, make_key());
}

}  // namespace
}  // namespace tocsin::dispatcher
