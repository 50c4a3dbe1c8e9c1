BEGIN TRANSACTION;
CREATE TABLE elaas_accounts (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	status TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	agency_code TEXT NOT NULL, 
	agency_name TEXT NOT NULL, 
	province TEXT NOT NULL, 
	key_id TEXT NOT NULL, 
	username_index TEXT NOT NULL, 
	username_sealed TEXT NOT NULL, 
	password_hash TEXT NOT NULL, 
	password_is_issued BOOLEAN NOT NULL, 
	password_expires_at DATETIME, 
	credential_version INTEGER NOT NULL, 
	first_use BOOLEAN NOT NULL, 
	expected_person_index TEXT, 
	expected_person_sealed TEXT, 
	contact_sealed TEXT, 
	binding_id TEXT, 
	created_at DATETIME NOT NULL, 
	updated_at DATETIME NOT NULL, 
	PRIMARY KEY (id)
);
INSERT INTO "elaas_accounts" VALUES('019245b2d1c0b16a5b5866df2735bd05',2,1,2,'active','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.L3flZ3SnqJfVwvw8O0K3hlDt6We0MWSCsxhtpYQ5eL0','k1.fTG-jrKjuKa2hrOxpif_lGC3qMv0ZIU','$argon2id$v=19$m=8,t=1,p=1$MOQDdFipkFyth71Md+KYPw$qhHZtMSFb8VejPVTe5+/gUjM9zdCRE3S1xwWHhZaxY0',0,NULL,2,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.nljNSrjTWpteBUQRpNGICBvDOKCpmE1A1jGabx-w',NULL,'019245b2d1c0b15928f05fd9cb92e3f7','2024-10-01 01:30:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245b2d1c04399a5e7013b4e8336d4',2,1,2,'active','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.t9UM-iqfXRY-sXE97A7zgtmOjvl9h9EL0gU12RYQ-fM','k1.sMgr_GlY_Yhyv7vxuinvvCi7Z8Vmsf-6EA73pzAR','$argon2id$v=19$m=8,t=1,p=1$5mEFvYOvYz9Qn9xlnEcVZA$Fgl0CZmLiC+QnT9aEoFU8Ceo53iVyFBAftfwAkN+v0o',0,NULL,2,0,'k1.6C4j2PdZ_0EdLtZUj9VxmF_zMZ6htqX35EssrMZqmGg','k1.iU2lYvxaWjF-SyS9QNjlYDeMvm8l1p1GS_dhKCD6',NULL,'019245b2d1c02d5f5125b747e70ffe57','2024-10-01 01:30:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245b2d1c05007bf258b1089a9fcda',1,1,1,'issued','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.FRKB2WAxjHY6T_07J7L88nkePFCSfVpFua7VIOHVAEE','k1.yGXGOhEsP0MRjejQfnvZxgHc5gbjlTNPcRJnJH4xK2l8KaqJ','$argon2id$v=19$m=8,t=1,p=1$H3cgR1lxJeJ+lw0j2VK80Q$l2BK0S78Z4d13MgaIxrjNb5t39ZvS4bqPDrhbh5OUnI',1,'2024-12-30 01:30:00.000000',1,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.COivFsrXGUkTW8xTviAypvAVNn3U-3M2zjw0GIPf',NULL,NULL,'2024-10-01 01:30:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245b2d1c0e679f751db469a28bad9',1,1,1,'issued','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.Bxw-vaqBC68opjbartfpGLaJ5ZDOJmq-N0F5pr4fcnc','k1.C4tqhPWyAI2lbOJ_medhDBlCXFvmuAMrLHI26n7d2AQ','$argon2id$v=19$m=8,t=1,p=1$vX27JnaGYTuJjJSo6um7Ow$wxmPedzFgSgBQANRZoLNAWwOvRBKzR6DdyWJk1wSpcg',1,'2024-12-30 01:30:00.000000',1,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.xZ3-yJrAO7Hd12n_0lvpMYtVaxRcPEvAw1Oq-oHH',NULL,NULL,'2024-10-01 01:30:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245b2d1c0254b6b88b9cfb7a3af6e',1,1,1,'issued','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.NhcUdQL4VKHok9Tg7yymlqo4PYK3Hsp7H2u6O9L3fLQ','k1.f9uoZleelSxbIh8rnJqfP2vZJtMuYT5p61RhP50CA4OB','$argon2id$v=19$m=8,t=1,p=1$fys6rqNpQczIbiyPo/FyZA$MumCQ4is8KIY8LWbb7zGroX6VzcgA32lEnZRCwGWuR8',1,'2024-12-30 01:30:00.000000',1,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.gESrhfItYFy0efQdNfEAvMsigRARrFtqCE9jSuyT',NULL,NULL,'2024-10-01 01:30:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245b2d1c01011cc96d50144997b26',1,1,1,'issued','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.Rqlcx-Uo9huLXkkA4OCbIDYBl-qVy_lVlTG0bK8i9T8','k1._UeKCal1sZOUhAafKQKHCpG-EqaWjfmZUFCzGBGHJzDz1wpH','$argon2id$v=19$m=8,t=1,p=1$kv1heauWch/DzocdJu5T2Q$1f9Z11D6Mbac9FpfKsO8KnrOjLZprpVBTcxCBavhR2M',1,'2024-12-30 01:30:00.000000',1,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.wEZb4tstzjxLCU7-3UF6g5vfSZ0uZ7nV-t-ZZiE2',NULL,NULL,'2024-10-01 01:30:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_accounts" VALUES('019245b2d1c0526521417fec8b541817',1,1,1,'issued','local_government','5100101','เทศบาลตำบลสมมติ','ลำพูน','k1','k1.diHeqXMqgJWt26XKXX7JGfHzOqx1EysZeeu1vAv9HoY','k1.16TWCv3quqSuWmcHw4cCXujyUMoP6QmD8UQ-j2cDRkw','$argon2id$v=19$m=8,t=1,p=1$O/mHR4255HhSQFlCBLeSMQ$EVRFH/5I6Pu4LjNWaFSSAqxUbe13ZeWJm9uQc5NmeYU',1,'2024-12-30 01:30:00.000000',1,0,'k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.YeoP5OilXnLNVhI6U97-t1z2--paIReA2DTYEiPL',NULL,NULL,'2024-10-01 01:30:00.000000','2024-10-01 01:30:00.000000');
CREATE TABLE elaas_attempts (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	flow_id TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	consumed_at DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "elaas_attempts" VALUES('X74aG8tiAlFgi8ooN-E-KCQlCPy_VhBT6FBWfEwhNXE',2,1,'019245b2d1c06a462d3c9235bef87af7','2024-10-01 01:30:00.000000','2024-10-01 01:45:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_attempts" VALUES('tjKUDEe7EU5jmckwKe-qgT9LOd0XPvnnH9g3AHp_SLQ',2,1,'019245b2d1c08c44031b8a55773af1d2','2024-10-01 01:30:00.000000','2024-10-01 01:45:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_attempts" VALUES('51qfhy0UAzV2hBIiH5KREVyNJbQdZ1sercPzuTY0LQw',1,1,'019245b2d1c099485f3c492fb681a3e8','2024-10-01 01:30:00.000000','2024-10-01 01:45:00.000000',NULL);
INSERT INTO "elaas_attempts" VALUES('cLt090cteQADO9fRjeoZL-l7QOZK71qeGEI2MTRDwaQ',2,1,'019245b2d1c0b53b6dcfcd9a2c803a04','2024-10-01 01:30:00.000000','2024-10-01 01:45:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_attempts" VALUES('k1ZGzoVSRE7046ytptAK-IIKDu7y_syfwaW30xNsPKk',2,1,'019245b2d1c0a8dfb915f96e04f07a0d','2024-10-01 01:30:00.000000','2024-10-01 01:45:00.000000','2024-10-01 01:30:00.000000');
INSERT INTO "elaas_attempts" VALUES('kIkZTEGeYOy961jy6RGnHw8esaKuxV9Xp0CMWwR0-Gw',2,1,'019245b2d1c043ea839394a5686a5289','2024-10-01 01:30:00.000000','2024-10-01 01:45:00.000000','2024-10-01 01:30:00.000000');
CREATE TABLE elaas_bindings (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	account_id TEXT NOT NULL, 
	key_id TEXT NOT NULL, 
	person_index TEXT NOT NULL, 
	subject_index TEXT NOT NULL, 
	identity_sealed TEXT NOT NULL, 
	email_sealed TEXT NOT NULL, 
	started_at DATETIME NOT NULL, 
	ended_at DATETIME, 
	PRIMARY KEY (id)
);
INSERT INTO "elaas_bindings" VALUES('019245b2d1c0b15928f05fd9cb92e3f7',1,1,'019245b2d1c0b16a5b5866df2735bd05','k1','k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.GONuSDiBLUfAHfZrSGRCxaMT16ppKEnRQskutyC4L4Q','k1.JRp2CCyiU-m3plSRGRCe3dWVI3Tv9EwRwEYE4l40QWS_Pi1c03bjftHRQXbc733pftHWAb15A7WxqLatlAUuofkrKZDqWQ2StwgdGLApYq-RoyLqv-V03j_aMeXLc6aibK_Lzcre3QVFLkYzPDn1CDbwTfDN6cluaU76XaMLqxghC3jRbVMzS1z3TwR8R9bm4Q-x_790UYlgT5cMqEjlVMu0ZzRCPWjsNNmxA1OhuEGE8f4AVJN4oFh-UU-5y2Tfc3HHrjeikBtiQGIR025_4xUFiPD35I3bHYJOVFeBGfwFk0Oia9NqlKUuoL67yaG86bqT9Ukd4BNKglFN0uQG-EzCN1w2bC_FyKcEb35vDyMxOsvfZtpbh4aLkwPwJ1_oshYCybWiwMM3rW7enwPWnzJ2pDGnHtGGJMiQMS3riBk07Heb7H5G-2c8i7poWVVohxDifILLEGQLEj_TJPKRiNZIWOdLq94UZLn03wYtNfUulGjdXJx7ZUXhunA','k1.ldhe6TXi1GiCR8QTem0n5a6HPGXVhE5bwtHv5rCc9f0pbtxGkmYYb8GrZvI','2024-10-01 01:30:00.000000',NULL);
INSERT INTO "elaas_bindings" VALUES('019245b2d1c02d5f5125b747e70ffe57',1,1,'019245b2d1c04399a5e7013b4e8336d4','k1','k1.6C4j2PdZ_0EdLtZUj9VxmF_zMZ6htqX35EssrMZqmGg','k1.71eNkV7hECaJMFf2tz4PzXhFVk29gF8euffB3E1IzKk','k1.wwu41xrfZypuo5MPxuuT7PN9abjlv1OsvdB0jvI_c4hAcr4wK8FBxSSqPs46y0UjFOcx02YI8rkgjzvYDF9olFicJweSl1vOxU8sQ3sT7JnH0JigS1RTEFe5jgG7hMHb3AtInW3imzjICXQ3xud2CdPfmsfPNWHnvpSwTpfUJm7XoTuTr7vZltEIONOgdWPz4Bsn43Tp-x37Aa2CiRvguKAdBqDYamt8jotxyJWlRRKXe3BmXsBeXo-HBjP709QInZ_AyYxUIZC4FYW0OkQ-aeADd0LPvVFUyxZ6EeLtoOWhN7VAk6kscdLHnZybxQUWAFSqJD4a8PrjZIivV8zNcNEazLCHOTZL1VYT0wpC751AMQKHxXisWZeuq3eyhq9sg9HBzIRCSoJt0qgz0bDd9MDOvcBYhsohPQhOIHK0fOsR36E_F_VFBiqsjBT1DUFMKHpx0NXvSNn1inNic6BZ3X8iovGXK2SkM2O_7rPzbSUppepmKV2McX39HF3mbqRmmpNJ1T9m2EiddixuTpc4LjGlr5zYta6u4nnpCBhY0cXgC70ycK4XN_kq9lTKznXnOdIqxhjwyf6esDTFY3uvknJ5nn6Xm3SF','k1.qKsMaVnUiadgeF5xULWeyFkHH7OGSqO4NpFmnljMmmypKch_qx5_39rk05e8aqQsSYJf','2024-10-01 01:30:00.000000',NULL);
CREATE TABLE elaas_budgets (
	name TEXT NOT NULL, 
	subject TEXT NOT NULL, 
	charges TEXT NOT NULL, 
	keep_until DATETIME NOT NULL, 
	PRIMARY KEY (name, subject)
);
INSERT INTO "elaas_budgets" VALUES('flows','019245b2d1c0b16a5b5866df2735bd05','{"019245b2d1c09639d99d384a307993d6": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.account_address','k1.5Dw9rXTPqtL0rok_FoOJnLlt1L9c_eNKXRABSOaB5HA','{"019245b2d1c0997fbdfb58b934166349": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.address','k1.Z7yuOXSaRxIN_OUOketXr3tGmnLDiAPSpJVInbndwbA','{"019245b2d1c07e67a955a8c9cb1d0f99": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.cool_down','k1.5Dw9rXTPqtL0rok_FoOJnLlt1L9c_eNKXRABSOaB5HA','{"019245b2d1c0587259a32990ac741dbf": "2024-10-01T01:30:00+00:00"}','2024-10-01 01:31:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.flow','019245b2d1c06a462d3c9235bef87af7','{"019245b2d1c0a473047df908b47585dc": "2024-10-01T01:30:00+00:00"}','2024-10-01 03:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('one_time_code.flow','019245b2d1c06a462d3c9235bef87af7','{"019245b2d1c0d11275b8794cca86053e": "2024-10-01T01:30:00+00:00"}','2024-10-01 03:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245b2d1c04399a5e7013b4e8336d4','{"019245b2d1c082038f3fc81bb6e62ecc": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.account_address','k1.vn6YmRCtZRFbGIDw4Wra7hj0KFn2O1mjADj5MZj7Yxg','{"019245b2d1c0d02a3750b09ba8750418": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.address','k1.uAmC0TLeCkDpA3E3mD5OzAr-oprFiUw1TiAEPOC1mck','{"019245b2d1c0f1dea44ff6c8242be2ba": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.cool_down','k1.vn6YmRCtZRFbGIDw4Wra7hj0KFn2O1mjADj5MZj7Yxg','{"019245b2d1c0d851d8c235f04f1143ba": "2024-10-01T01:30:00+00:00"}','2024-10-01 01:31:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.flow','019245b2d1c08c44031b8a55773af1d2','{"019245b2d1c087eab3c1278f9b507f8f": "2024-10-01T01:30:00+00:00"}','2024-10-01 03:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('one_time_code.flow','019245b2d1c08c44031b8a55773af1d2','{"019245b2d1c0fc1a178c29a7fd91213a": "2024-10-01T01:30:00+00:00"}','2024-10-01 03:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245b2d1c05007bf258b1089a9fcda','{"019245b2d1c0437030d5d0c1d380bd70": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245b2d1c0e679f751db469a28bad9','{"019245b2d1c0eb38fc2f33b4641c9d73": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245b2d1c0254b6b88b9cfb7a3af6e','{"019245b2d1c0db21f032cfb89644771c": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245b2d1c01011cc96d50144997b26','{"019245b2d1c029c04353858d4e50184e": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.account_address','k1.otQD1TWNxducys1J_blg5KczPOGDY6Mg9xJHe7QaqRU','{"019245b2d1c003ed70dcae90e19b777a": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.address','k1.boW8QghaBg4FGYWuCGUSAiE9nnT3L1DjXwqL9ji82Jk','{"019245b2d1c07d9644c6aaa39cf4e524": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.cool_down','k1.otQD1TWNxducys1J_blg5KczPOGDY6Mg9xJHe7QaqRU','{"019245b2d1c029d2ead18687bc452bdf": "2024-10-01T01:30:00+00:00"}','2024-10-01 01:31:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.flow','019245b2d1c0a8dfb915f96e04f07a0d','{"019245b2d1c00865db89dee6a7021f5d": "2024-10-01T01:30:00+00:00"}','2024-10-01 03:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('one_time_code.flow','019245b2d1c0a8dfb915f96e04f07a0d','{"019245b2d1c0d2a28037250bd1f63217": "2024-10-01T01:30:00+00:00"}','2024-10-01 03:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('flows','019245b2d1c0526521417fec8b541817','{"019245b2d1c033cb027460fdc1d7b058": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.account_address','k1.hLhCURxACCqcKEYa1C8wDQh3hkGzz9q_rNUJf8OCl8Y','{"019245b2d1c091b46b3c08c72e588624": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.address','k1.obX1E3Xbxwj0WKhol3ZrrBdSDUFDebA8xjiSI58OHfc','{"019245b2d1c008370e19e4cf2947c148": "2024-10-01T01:30:00+00:00"}','2024-10-01 02:30:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.cool_down','k1.hLhCURxACCqcKEYa1C8wDQh3hkGzz9q_rNUJf8OCl8Y','{"019245b2d1c00e2035336bd8bc55bf31": "2024-10-01T01:30:00+00:00"}','2024-10-01 01:31:00.000000');
INSERT INTO "elaas_budgets" VALUES('mail.flow','019245b2d1c043ea839394a5686a5289','{"019245b2d1c0e146dbf6eecf1ebb5eda": "2024-10-01T01:30:00+00:00"}','2024-10-01 03:30:00.000000');
CREATE TABLE elaas_events (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	kind TEXT NOT NULL, 
	outcome TEXT NOT NULL, 
	code TEXT, 
	purpose TEXT, 
	stage TEXT, 
	account_id TEXT, 
	flow_id TEXT, 
	binding_id TEXT, 
	"by" TEXT, 
	reason TEXT, 
	client TEXT, 
	correlation_id TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "elaas_events" VALUES('019245b2d1c0b8d0a57bf826fd8769fe',1,1,'2024-10-01 01:30:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245b2d1c0b16a5b5866df2735bd05',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245b2d1c0670a32654b579734cec9',1,1,'2024-10-01 01:30:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0843ad1fcfa20c848eb34',1,1,'2024-10-01 01:30:00.000000','identity.requested','done',NULL,'onboarding','identity','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c095c775f8592cbe75c086',1,1,'2024-10-01 01:30:00.000000','identity.returned','done',NULL,'onboarding','identity','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c08f2cf6d7d11d31ae1f3e',1,1,'2024-10-01 01:30:00.000000','identity.verified','done',NULL,'onboarding','email','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c047a7dffdf0b1123a854e',1,1,'2024-10-01 01:30:00.000000','email.given','done',NULL,'onboarding','one_time_code','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0eea2db548cae50dabb78',1,1,'2024-10-01 01:30:00.000000','one_time_code.confirmed','done',NULL,'onboarding','password','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c011f9fc24ab47ddd39f3a',1,1,'2024-10-01 01:30:00.000000','password.set','done',NULL,'onboarding','done','019245b2d1c0b16a5b5866df2735bd05','019245b2d1c06a462d3c9235bef87af7','019245b2d1c0b15928f05fd9cb92e3f7',NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0a85c448bfb3225d73761',1,1,'2024-10-01 01:30:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245b2d1c04399a5e7013b4e8336d4',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245b2d1c0d6912f8e43df85d60654',1,1,'2024-10-01 01:30:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245b2d1c04399a5e7013b4e8336d4','019245b2d1c08c44031b8a55773af1d2',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c07b49d07931b65291ee6b',1,1,'2024-10-01 01:30:00.000000','identity.requested','done',NULL,'onboarding','identity','019245b2d1c04399a5e7013b4e8336d4','019245b2d1c08c44031b8a55773af1d2',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c04a62e7ea613f43048a08',1,1,'2024-10-01 01:30:00.000000','identity.returned','done',NULL,'onboarding','identity','019245b2d1c04399a5e7013b4e8336d4','019245b2d1c08c44031b8a55773af1d2',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0fa85ac368e7479449932',1,1,'2024-10-01 01:30:00.000000','identity.verified','done',NULL,'onboarding','email','019245b2d1c04399a5e7013b4e8336d4','019245b2d1c08c44031b8a55773af1d2',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0d8401c33b5d5774af09d',1,1,'2024-10-01 01:30:00.000000','email.given','done',NULL,'onboarding','one_time_code','019245b2d1c04399a5e7013b4e8336d4','019245b2d1c08c44031b8a55773af1d2',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c00a33e125806cf5a5e4f4',1,1,'2024-10-01 01:30:00.000000','one_time_code.confirmed','done',NULL,'onboarding','password','019245b2d1c04399a5e7013b4e8336d4','019245b2d1c08c44031b8a55773af1d2',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0b491bb716fdc4ef9909f',1,1,'2024-10-01 01:30:00.000000','password.set','done',NULL,'onboarding','done','019245b2d1c04399a5e7013b4e8336d4','019245b2d1c08c44031b8a55773af1d2','019245b2d1c02d5f5125b747e70ffe57',NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0dfa8b587ac6509da6957',1,1,'2024-10-01 01:30:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245b2d1c05007bf258b1089a9fcda',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245b2d1c04934ed5a7625ae26c88c',1,1,'2024-10-01 01:30:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245b2d1c05007bf258b1089a9fcda','019245b2d1c01b9f6ed005b9cde78774',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0570284dd5fb44a2fb2c5',1,1,'2024-10-01 01:30:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245b2d1c0e679f751db469a28bad9',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245b2d1c0d2adeb0cebc85947106b',1,1,'2024-10-01 01:30:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245b2d1c0e679f751db469a28bad9','019245b2d1c099485f3c492fb681a3e8',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c008b34dedad98a1081707',1,1,'2024-10-01 01:30:00.000000','identity.requested','done',NULL,'onboarding','identity','019245b2d1c0e679f751db469a28bad9','019245b2d1c099485f3c492fb681a3e8',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0b5acf23e5105273431a5',1,1,'2024-10-01 01:30:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245b2d1c0254b6b88b9cfb7a3af6e',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245b2d1c0b1ad7adb2e7081442f4d',1,1,'2024-10-01 01:30:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245b2d1c0254b6b88b9cfb7a3af6e','019245b2d1c0b53b6dcfcd9a2c803a04',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c06d130cf1bc2acf19f1e3',1,1,'2024-10-01 01:30:00.000000','identity.requested','done',NULL,'onboarding','identity','019245b2d1c0254b6b88b9cfb7a3af6e','019245b2d1c0b53b6dcfcd9a2c803a04',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c00e054ee87e7bd60a569e',1,1,'2024-10-01 01:30:00.000000','identity.returned','done',NULL,'onboarding','identity','019245b2d1c0254b6b88b9cfb7a3af6e','019245b2d1c0b53b6dcfcd9a2c803a04',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0be17acb554338796c9c3',1,1,'2024-10-01 01:30:00.000000','identity.verified','done',NULL,'onboarding','email','019245b2d1c0254b6b88b9cfb7a3af6e','019245b2d1c0b53b6dcfcd9a2c803a04',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0ed2c38ce20011e5f6234',1,1,'2024-10-01 01:30:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245b2d1c01011cc96d50144997b26',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245b2d1c08638e062986fd08d80be',1,1,'2024-10-01 01:30:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245b2d1c01011cc96d50144997b26','019245b2d1c0a8dfb915f96e04f07a0d',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c03066da63af14aec597cf',1,1,'2024-10-01 01:30:00.000000','identity.requested','done',NULL,'onboarding','identity','019245b2d1c01011cc96d50144997b26','019245b2d1c0a8dfb915f96e04f07a0d',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c03935e4a293f26f94c750',1,1,'2024-10-01 01:30:00.000000','identity.returned','done',NULL,'onboarding','identity','019245b2d1c01011cc96d50144997b26','019245b2d1c0a8dfb915f96e04f07a0d',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c08ef990faa5010b181752',1,1,'2024-10-01 01:30:00.000000','identity.verified','done',NULL,'onboarding','email','019245b2d1c01011cc96d50144997b26','019245b2d1c0a8dfb915f96e04f07a0d',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0013310171dc5359b2de7',1,1,'2024-10-01 01:30:00.000000','email.given','done',NULL,'onboarding','one_time_code','019245b2d1c01011cc96d50144997b26','019245b2d1c0a8dfb915f96e04f07a0d',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0e036765cd028a69779d0',1,1,'2024-10-01 01:30:00.000000','one_time_code.confirmed','done',NULL,'onboarding','password','019245b2d1c01011cc96d50144997b26','019245b2d1c0a8dfb915f96e04f07a0d',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0fcb65ad69c434d277240',1,1,'2024-10-01 01:30:00.000000','account.provisioned','done',NULL,NULL,NULL,'019245b2d1c0526521417fec8b541817',NULL,NULL,'admin-1','letter 1/2567',NULL,NULL);
INSERT INTO "elaas_events" VALUES('019245b2d1c05cfab25c177e54c57f2f',1,1,'2024-10-01 01:30:00.000000','onboarding.begun','done',NULL,'onboarding','identity','019245b2d1c0526521417fec8b541817','019245b2d1c043ea839394a5686a5289',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c095bda7ec438514b6a4bf',1,1,'2024-10-01 01:30:00.000000','identity.requested','done',NULL,'onboarding','identity','019245b2d1c0526521417fec8b541817','019245b2d1c043ea839394a5686a5289',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c0238e13ab51167dad4bec',1,1,'2024-10-01 01:30:00.000000','identity.returned','done',NULL,'onboarding','identity','019245b2d1c0526521417fec8b541817','019245b2d1c043ea839394a5686a5289',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c078c75899df948f5b253d',1,1,'2024-10-01 01:30:00.000000','identity.verified','done',NULL,'onboarding','email','019245b2d1c0526521417fec8b541817','019245b2d1c043ea839394a5686a5289',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
INSERT INTO "elaas_events" VALUES('019245b2d1c078521750e48e3c6e3eab',1,1,'2024-10-01 01:30:00.000000','email.given','done',NULL,'onboarding','one_time_code','019245b2d1c0526521417fec8b541817','019245b2d1c043ea839394a5686a5289',NULL,NULL,NULL,'k1.6e2A8jOJYpT5nukNhC2Hf409VaaDizcm-mxHOJgRfmg','req-1');
CREATE TABLE elaas_flows (
	id TEXT NOT NULL, 
	version INTEGER NOT NULL, 
	schema INTEGER NOT NULL, 
	purpose TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	account_id TEXT NOT NULL, 
	account_epoch INTEGER NOT NULL, 
	browser_digest TEXT NOT NULL, 
	created_at DATETIME NOT NULL, 
	expires_at DATETIME NOT NULL, 
	password_fingerprint TEXT NOT NULL, 
	live_attempts TEXT NOT NULL, 
	identity_sealed TEXT, 
	person_index TEXT, 
	subject_index TEXT, 
	email_sealed TEXT, 
	one_time_code_id TEXT, 
	one_time_code_digest TEXT, 
	one_time_code_reference TEXT, 
	one_time_code_sent_at DATETIME, 
	one_time_code_expires_at DATETIME, 
	"end" TEXT, 
	PRIMARY KEY (id)
);
INSERT INTO "elaas_flows" VALUES('019245b2d1c06a462d3c9235bef87af7',6,1,'onboarding','done','019245b2d1c0b16a5b5866df2735bd05',1,'k1.hKLG6n1B05XGim2Ne8SNjCUwh5dmhZXxrXtUFm6gqKQ','2024-10-01 01:30:00.000000','2024-10-01 02:30:00.000000','k1.WMPoCUGXRZMfC9EnGUr6nxYIrTXKy4pkxrXpDqRUR-4','[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "elaas_flows" VALUES('019245b2d1c08c44031b8a55773af1d2',6,1,'onboarding','done','019245b2d1c04399a5e7013b4e8336d4',1,'k1.Bq7jlpWZf8q6PoeBaF98tT1MbJhBccVCJU-eO00ez3M','2024-10-01 01:30:00.000000','2024-10-01 02:30:00.000000','k1.VibNq8GbG2d6QY1Avj5G6ILXJEdRIPysU6oofj57dNo','[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "elaas_flows" VALUES('019245b2d1c01b9f6ed005b9cde78774',1,1,'onboarding','identity','019245b2d1c05007bf258b1089a9fcda',1,'k1.VzO8zAqS16_fdrKhr8C6T05pSdvjf0dwf0SZ-k8RuMQ','2024-10-01 01:30:00.000000','2024-10-01 02:30:00.000000','k1.aQRJgWaZNChtRn-q_3P23nVzBnApmOrC61OHHPlUcFc','[]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "elaas_flows" VALUES('019245b2d1c099485f3c492fb681a3e8',2,1,'onboarding','identity','019245b2d1c0e679f751db469a28bad9',1,'k1.xmdkIxBIe82AW-VTKT7jYOTIen7kseX-vzGzFVi7GMI','2024-10-01 01:30:00.000000','2024-10-01 02:30:00.000000','k1.pHomPVj0TLBeZMp9k2nCHpg0gDLwMZ5YNEHXRSfa7lw','["51qfhy0UAzV2hBIiH5KREVyNJbQdZ1sercPzuTY0LQw"]',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "elaas_flows" VALUES('019245b2d1c0b53b6dcfcd9a2c803a04',3,1,'onboarding','email','019245b2d1c0254b6b88b9cfb7a3af6e',1,'k1.1h-2MgY2NRWKZLfkX3cvEaAfcawdfvUMH7ISGGwx-2A','2024-10-01 01:30:00.000000','2024-10-01 02:30:00.000000','k1.sl41fcsRPyrbi2K5nuXCrhm-_PvcvILsNUKqNYQAugE','[]','k1.52hx25kqdsZ364lx63eUTo_OMNF5dBMcISHHyB3X3FtCULcW27L0FLpBALnh5gwnwhNFM80d7WWC2B506MJDBWTtVxvuJtsImYy3SrjueT4NbjI48BAPOM6Swmg0c0uhZhwTSOTEMJM7Q51gc2bjPW0Yy1QUrVN60p2qcGjJk4Y6wKG4671PfWcUAaT6i2f82EVjj_74enp1BU4kYRq4R0QnyNyOu4LliI4GrE6A6WkIvJt3Qqads4HptKdxIYPVi0ZjoUNA_IcWCABDiuWFUSbnh9Tu4AKAG-Xsb_7QruCo5sk9Mxk0YEbmaB_JrZdYaL7ivLSBTwi1b5XPIx7EVzNF2ySldjfzOylhwgmNTr4mWTG4QwBLgZIbguUjcq6Y-T7dZOM8d2QnZy-XrkuntwbGG102gVjkGgaz8hr0V7S0hi_ZWEVVsLkd8vFimnFGp76FDekkLwEkcLe7dhkhNMECzJqBzn4ngDosNeo1hZ-tUPwZeqsHcJQLTps','k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.GONuSDiBLUfAHfZrSGRCxaMT16ppKEnRQskutyC4L4Q',NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "elaas_flows" VALUES('019245b2d1c0a8dfb915f96e04f07a0d',5,1,'onboarding','password','019245b2d1c01011cc96d50144997b26',1,'k1.nOMymkgvsTj9xyP_I8DEXFVVgeyHHYFmMFEvqGb5TkM','2024-10-01 01:30:00.000000','2024-10-01 02:30:00.000000','k1.TPB77C4hb1KqfWDVOwXDbapHEa3x1U3qQadUpvd0wjE','[]','k1.y1SmpyS-bPpdvn26u9zOM18aQJbc6HO6BkVdF1-bzBVcDCLeY-g7AYIXLl6AcAGqwzyZ0WBOp7-EwahWBxrjkvtABQWfgmi4FpiaWCXnFg_4NUl34on_K7zEnGw72Z07eoXSXtuFOLT8Vt1KmOzm1lFebfwwZXsrr-EWh5MrGIbkd3MRpQQ5DJUSu1wrYDXPVne_c4RA19VBwvsOjeKH9XIkwX_YBTcnaCqOUF2zV6KJeeiYuflAME7z8B0L2W7jq9HyKrhR-W7kxm7uZLgw4dwgSXJCY9FK9BCdNRXY6LdwIAYDKBm88jF-W-HSg59hHA5zmEe6vmzMExhY634hO7sFqdNmWMvcDFGzR1m2q8FDgdACSlCdrkNxPasLFGQjoj0h2KgiujMhoqHGW3-2Fkbbe1cr5ex1dyTRsIClW6OIpTKERYQPQ_GjjDO0KYl-GfWOIZN_33KkWIZoP25vHJUJx-QCahZJZiqRaZ9CMAbfIt-QZLJBaQKUPI8','k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.GONuSDiBLUfAHfZrSGRCxaMT16ppKEnRQskutyC4L4Q','k1.35utvFKF3zVxG-LYWtqHAzXUmffC1LYnjOXtzjas72jF2iWud9QfehkRrc2gjzxzm2hLHJ4Ma-bT',NULL,NULL,'MRML','2024-10-01 01:30:00.000000','2024-10-01 01:40:00.000000',NULL);
INSERT INTO "elaas_flows" VALUES('019245b2d1c043ea839394a5686a5289',4,1,'onboarding','one_time_code','019245b2d1c0526521417fec8b541817',1,'k1.XOYf3WERQUK9wDDJLtpOmUXpQUMbZODVdXhBZsi0nd0','2024-10-01 01:30:00.000000','2024-10-01 02:30:00.000000','k1.yTHrWPzbgcHKc5_cjYjJ8eAm7IL5z-wf-nZei7YUp1w','[]','k1.FTihWpRIvTu6n0vz17aOdnGHVf3G0sWpuo-VfSMFx-Wyal-q8v-YH27hqV_44l4DdIKAxUdr8AhahYKIhryi4GEtKeZcb7LZHlNtsxmqu4_24-iPFP1bgjuUTr4FEtbndA__H4x2pEyUx-dsSjdRMlODjH4_ZrS-euFfLE3O-tUN99_Tn-v-jH9eCvrF7VHJmxZrFwm4BKnGIH4bKpnpJZ-dhSx-sgV95s5o4_boYzs9I0UqmEtZUPv2Q-Mfq8-8WXpjQ1u3YuVXZzY9ePv2eWOO8NKM97o6bjr2FD4lQyacmPoueZkG-ZhltQ4XdhPQdbbGT53q1nKwzgCG7spvCAXr0vUDDDe-r4Yb1x5pIaThuURtSyEorT1FvPAaMtQYKPCyMuMYQaJNxZ1EEsoaEGRVv9d73hWO6_D9lFgkcTV0F_wwH0qYmynVunGRdPEt-wlfEn5OFfFrjqiyhHAvUNC90oznAW9bfuj85DMKJzpqLkZuBDQBcUuxRDM','k1.SKzJcmDZbaplIzlq5YhKAnlbWPsf9LjFRnG5TsG-VqM','k1.GONuSDiBLUfAHfZrSGRCxaMT16ppKEnRQskutyC4L4Q','k1.x2pxFBD7GdXWyCxnXnO9NYhPvOSC-ZtY4PqdxOxYzlON5uFIgldMFdH_N-zfV-KRLg3S01Y','cABFyHFnJLaSNAnAoZgGMw','k1.1gBUIsn91Fcfb99EV3EOcVDdklG-T-iykkibzmVzmus','KWRF','2024-10-01 01:30:00.000000','2024-10-01 01:40:00.000000',NULL);
CREATE TABLE elaas_identity_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT elaas_identity_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "elaas_identity_version" VALUES('0001');
CREATE UNIQUE INDEX ix_elaas_accounts_username_index ON elaas_accounts (username_index);
CREATE INDEX ix_elaas_accounts_key_id ON elaas_accounts (key_id);
CREATE INDEX ix_elaas_attempts_expires_at ON elaas_attempts (expires_at);
CREATE INDEX ix_elaas_attempts_flow_id ON elaas_attempts (flow_id);
CREATE INDEX ix_elaas_bindings_account_id ON elaas_bindings (account_id);
CREATE INDEX ix_elaas_bindings_key_id ON elaas_bindings (key_id);
CREATE INDEX ix_elaas_bindings_person_index ON elaas_bindings (person_index);
CREATE INDEX ix_elaas_budgets_keep_until ON elaas_budgets (keep_until);
CREATE INDEX ix_elaas_events_account_id ON elaas_events (account_id);
CREATE INDEX ix_elaas_events_flow_id ON elaas_events (flow_id);
CREATE INDEX ix_elaas_flows_account_id ON elaas_flows (account_id);
CREATE INDEX ix_elaas_flows_expires_at ON elaas_flows (expires_at);
COMMIT;
