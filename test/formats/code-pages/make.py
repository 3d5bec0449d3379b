"""Makes texts.ndjson: small CSV files in the encodings that spreadsheets write, as hexadecimal bytes by Python's codecs.

    python3 test/formats/code-pages/make.py
"""

import json
import pathlib

TEXTS = [
    ("shift_jis", "cp932", "名前,住所,年齢\n山田太郎,東京都新宿区西新宿,35\n鈴木花子,大阪府大阪市北区,28\n佐藤次郎,北海道札幌市中央区,41\n"),
    ("shift_jis", "cp932", "商品,価格\nりんごジュース,120\nチョコレート,98\nおにぎり(さけ),130\n"),
    ("euc-jp", "euc_jp", "名前,ひとこと\n山田,こんにちは、はじめまして\n鈴木,よろしくお願いします\n佐藤,ありがとうございました\n"),
    ("gbk", "gbk", "姓名,城市,年龄\n张伟,北京市朝阳区,35\n王芳,上海市浦东新区,28\n李娜,广州市天河区,41\n"),
    ("gbk", "gbk", "日期,订单编号,客户名称,金额\n2020-01-02,A001,中国石油天然气集团有限公司,1200.50\n2020-01-03,A002,深圳市腾讯计算机系统有限公司,99\n"),
    ("big5", "big5", "姓名,地址\n陳志明,台北市信義區松仁路\n林美玲,高雄市前鎮區中山二路\n黃俊傑,新北市板橋區文化路一段\n"),
    ("euc-kr", "cp949", "이름,주소,나이\n김철수,서울특별시 강남구 테헤란로,35\n이영희,부산광역시 해운대구 우동,28\n박민수,대구광역시 수성구 범어동,41\n"),
    ("windows-1251", "cp1251", "Имя,Город,Возраст\nИван Петров,Москва,35\nМария Сидорова,Санкт-Петербург,28\nАлексей Смирнов,Новосибирск,41\n"),
    ("windows-1251", "cp1251", "Назва;Місто\nКиївська пошта;Київ\nЛьвівський університет;Львів\nОдеський порт;Одеса\n"),
    ("windows-1252", "cp1252", "name,ort\nMüller,Köln\nÄrztekammer,Düsseldorf\nGroß,Nürnberg\nÖtzi,Übersee\n"),
    ("windows-1252", "cp1252", "nom,ville\nFrançois Lefèvre,Orléans\nChloé Müller,Besançon\nNoël Côté,Nîmes\nÉlodie,Évreux\n"),
    ("windows-1252", "cp1252", "nombre,ciudad\nNuñez,Cádiz\nMuñoz,Málaga\nPeña,León\nIbáñez,Logroño\n"),
    ("windows-1252", "cp1252", "nome,cidade\nJoão,São Paulo\nConceição,Maceió\nÁlvaro,Ribeirão Preto\nInês,Goiânia\n"),
    ("windows-1252", "cp1252", "namn,ort\nÅSA ÅKESSON,ÄLMHULT\nÅKE ÖBERG,ÖREBRO\nPÄR LÖF,ÅMÅL\nBJÖRN ÄNG,VÄXJÖ\n"),
    ("windows-1252", "cp1252", "id,text\n1,don’t\n2,it’s\n3,we’re\n4,they’ll\n5,I’ve\n6,can’t\n"),
    ("windows-1252", "cp1252", "id,text\n1,“Hello” – she said\n2,“Bye” – he said…\n3,• one\n4,© 2020 Acme™\n"),
    ("windows-1252", "cp1252", "item,price\ntea,£5\nbread,£12\nmilk,€3\nfever,38°\n"),
    ("windows-1252", "cp1252", "nimi,kaupunki\nPäivi Hämäläinen,Jyväskylä\nÄijälä,Ylöjärvi\nTyöväenopisto,Hyvinkää\nYöpöytä,Ähtäri\n"),
    ("windows-1252", "cp1252", "naam,stad\nZoë,Oss\n"),
]

lines = [
    json.dumps({"encoding": name, "text": text, "hex": text.encode(codec).hex()}, ensure_ascii=False)
    for name, codec, text in TEXTS
]
(pathlib.Path(__file__).parent / "texts.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")
